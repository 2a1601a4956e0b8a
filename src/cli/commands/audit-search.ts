import { type Command, Option } from 'commander'
import { type SearchFilter, search } from '../../audit/search.js'
import type { Effect } from '../../model/decision.js'
import type { OutcomeStatus } from '../../model/record.js'
import type { Console } from '../console.js'
import { instant } from '../options.js'
import { foundLine } from '../record-lines.js'
import { trailDirectory } from '../trail-directory.js'

const EFFECTS: readonly Effect[] = ['allow', 'deny', 'require_approval']
const STATUSES: readonly OutcomeStatus[] = ['released', 'refused', 'failed', 'cut', 'unknown']

/** `cardea audit search`: the statements and events that meet every condition. */
export function addAuditSearch(audit: Command, console: Console): void {
  audit
    .command('search')
    .description('print the statements and events of a trail that meet every condition given')
    .argument('<dir>', 'the directory of the trail')
    .option('--principal <subject>', 'asked by, or on behalf of')
    .option('--agent <id>', 'handed in by the agent')
    .option('--object <relation>', 'touches the relation, with or without its schema')
    .option('--label <label>', 'touches data with the label')
    .addOption(new Option('--decision <effect>', 'was decided').choices(EFFECTS))
    .addOption(new Option('--status <status>', 'ended').choices(STATUSES))
    .option('--rule <id>', 'was decided by the rule')
    .option('--from <instant>', 'began at or after', instant)
    .option('--to <instant>', 'began before', instant)
    .option('--text <text>', 'holds the text anywhere: statement, ids, reasons, errors')
    .option('--json', 'print one JSON object per line')
    .action(async (dir: string, { json, ...filter }: SearchFilter & { json?: true }) => {
      let count = 0
      for await (const found of search(await trailDirectory(dir), filter)) {
        count += 1
        if (json === true) console.json(found, 'line')
        else console.print(foundLine(found))
      }
      console.note(`${count} found`)
    })
}
