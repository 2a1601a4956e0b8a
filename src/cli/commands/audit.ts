import type { Command } from 'commander'
import type { Console } from '../console.js'
import { addAuditKeygen } from './audit-keygen.js'
import { addAuditProve } from './audit-prove.js'
import { addAuditSchema } from './audit-schema.js'
import { addAuditSearch } from './audit-search.js'
import { addAuditTail } from './audit-tail.js'
import { addAuditVerify } from './audit-verify.js'

/** `cardea audit verify | tail | search`. */
export function addAudit(program: Command, console: Console): void {
  const audit = program.command('audit').description('verify, follow and search an audit trail')
  for (const add of [
    addAuditVerify,
    addAuditProve,
    addAuditKeygen,
    addAuditTail,
    addAuditSearch,
    addAuditSchema,
  ])
    add(audit, console)
}
