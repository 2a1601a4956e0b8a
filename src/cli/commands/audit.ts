import type { Command } from 'commander'
import { recordsReading } from '../audit/reading-record.js'
import type { Console } from '../console.js'
import { COULD_NOT_READ, Exit } from '../exit.js'
import { addAuditExport } from './audit-export.js'
import { addAuditIndex } from './audit-index.js'
import { addAuditKeygen } from './audit-keygen.js'
import { addAuditProve } from './audit-prove.js'
import { addAuditPrune } from './audit-prune.js'
import { addAuditReplay } from './audit-replay.js'
import { addAuditSchema } from './audit-schema.js'
import { addAuditSearch } from './audit-search.js'
import { addAuditShow } from './audit-show.js'
import { addAuditStats } from './audit-stats.js'
import { addAuditTail } from './audit-tail.js'
import { addAuditVerify } from './audit-verify.js'

/** `cardea audit`: commands that read a trail, one file each. */
export function addAudit(program: Command, console: Console): void {
  const audit = program
    .command('audit')
    .description('verify, follow, search and count an audit trail')
    // Commander hands this on to every command below.
    .exitOverride(error => {
      throw error.exitCode === 0 ? error : new Exit(COULD_NOT_READ, '')
    })
  recordsReading(audit, console)
  for (const add of [
    addAuditVerify,
    addAuditProve,
    addAuditKeygen,
    addAuditTail,
    addAuditSearch,
    addAuditShow,
    addAuditReplay,
    addAuditStats,
    addAuditIndex,
    addAuditPrune,
    addAuditExport,
    addAuditSchema,
  ])
    add(audit, console)
}
