import type { Command } from 'commander'
import { recordSchemaJson } from '../../audit/schema/record-schema-json.js'
import type { Console } from '../console.js'

/** `cardea audit schema`: what a record may hold. */
export function addAuditSchema(audit: Command, console: Console): void {
  audit
    .command('schema')
    .description('print the JSON Schema of the records of a trail')
    .action(() => console.print(recordSchemaJson().trimEnd()))
}
