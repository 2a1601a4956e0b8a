import { type Command, Option } from 'commander'
import { type Found, type SearchFilter, search } from '../../audit/search.js'
import type { Effect } from '../../model/decision.js'
import type { OutcomeStatus } from '../../model/record.js'
import type { Console } from '../console.js'
import { byTime } from '../merge-trails.js'
import { instant } from '../options.js'
import { foundLine } from '../record-lines.js'
import { type NamedTrail, trailDirectories } from '../trail-directory.js'

const EFFECTS: readonly Effect[] = ['allow', 'deny', 'require_approval']
const STATUSES: readonly OutcomeStatus[] = ['released', 'refused', 'failed', 'cut', 'unknown']

/** `cardea audit search`: the statements and events that meet every condition. */
export function addAuditSearch(audit: Command, console: Console): void {
  audit
    .command('search')
    .description('print the statements and events of a trail that meet every condition given')
    .argument('<dir>', 'the directory of the trail, or of the trails of several workers')
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
      const trails = await trailDirectories(dir)
      for await (const { trail, found } of byTime(
        trails.map(trail => foundIn(trail, filter)),
        ({ found }) => (found.kind === 'event' ? found.record.time : (found.endedAt ?? found.time)),
      )) {
        count += 1
        if (json === true) console.json(trail === '' ? found : { trail, ...found }, 'line')
        else console.print(trail === '' ? foundLine(found) : `${trail} ${foundLine(found)}`)
      }
      console.note(`${count} found`)
    })
}

async function* foundIn(
  { name: trail, directory }: NamedTrail,
  filter: SearchFilter,
): AsyncGenerator<{ readonly trail: string; readonly found: Found }> {
  for await (const found of search(directory, filter)) yield { trail, found }
}
