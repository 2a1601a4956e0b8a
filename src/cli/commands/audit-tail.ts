import type { Command } from 'commander'
import { tail } from '../../audit/trail-reader.js'
import type { Console } from '../console.js'
import { wholeNumber } from '../options.js'
import { entryLine } from '../record-lines.js'
import { trailDirectory } from '../trail-directory.js'

/** `cardea audit tail`: the last records, and those to come. */
export function addAuditTail(audit: Command, console: Console): void {
  audit
    .command('tail')
    .description('print the last records of a trail')
    .argument('<dir>', 'the directory of the trail')
    .option('-n, --lines <count>', 'how many records', wholeNumber, 10)
    .option('--follow', 'go on with new records until interrupted')
    .option('--json', 'print one JSON object per line')
    .action(async (dir: string, options: { lines: number; follow?: true; json?: true }) => {
      const follow = options.follow === true
      for await (const entry of tail(await trailDirectory(dir), {
        last: options.lines,
        ...(follow ? { follow, signal: console.untilInterrupted() } : {}),
      })) {
        if (options.json === true) console.json(entry, 'line')
        else console.print(entryLine(entry))
      }
    })
}
