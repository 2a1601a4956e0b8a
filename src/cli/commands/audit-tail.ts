import type { Command } from 'commander'
import type { TrailEntry } from '../../audit/trail-line.js'
import { type TailOptions, tail } from '../../audit/trail-reader.js'
import type { Console } from '../console.js'
import { asTheyCome, byTime } from '../merge-trails.js'
import { wholeNumber } from '../options.js'
import { entryLine } from '../record-lines.js'
import { type NamedTrail, trailDirectories } from '../trail-directory.js'

interface Entry {
  readonly trail: string
  readonly entry: TrailEntry
}

/** `cardea audit tail`: the last records, and those to come. */
export function addAuditTail(audit: Command, console: Console): void {
  audit
    .command('tail')
    .description('print the last records of a trail')
    .argument('<dir>', 'the directory of the trail, or of the trails of several workers')
    .option('-n, --lines <count>', 'how many records, of each trail', wholeNumber, 10)
    .option('--follow', 'go on with new records until interrupted')
    .option('--json', 'print one JSON object per line')
    .action(async (dir: string, options: { lines: number; follow?: true; json?: true }) => {
      const trails = await trailDirectories(dir)
      const follow = options.follow === true
      const range = {
        last: options.lines,
        ...(follow ? { follow, signal: console.untilInterrupted() } : {}),
      }
      const sources = trails.map(trail => entriesOf(trail, range))
      const all = follow ? asTheyCome(sources) : byTime(sources, ({ entry }) => entry.time)
      for await (const { trail, entry } of all) {
        if (options.json === true) console.json(trail === '' ? entry : { trail, ...entry }, 'line')
        else console.print(trail === '' ? entryLine(entry) : `${trail} ${entryLine(entry)}`)
      }
    })
}

async function* entriesOf(
  { name: trail, directory }: NamedTrail,
  options: TailOptions,
): AsyncGenerator<Entry> {
  for await (const entry of tail(directory, options)) yield { trail, entry }
}
