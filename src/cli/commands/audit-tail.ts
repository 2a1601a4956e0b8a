import type { Command } from 'commander'
import type { Console } from '../console.js'
import { byTime } from '../merge-trails.js'
import { wholeNumber } from '../options.js'
import { entriesOf, follow } from '../reading/follow.js'
import { orCouldNotRead, readingCommand } from '../reading/reading-command.js'
import { entryLine } from '../record-lines.js'
import { writtenTrails } from '../trail-directory.js'

interface Options {
  readonly lines: number
  readonly follow?: true
  readonly json?: true
}

/** `cardea audit tail`: the last records, and those to come. */
export function addAuditTail(audit: Command, console: Console): void {
  readingCommand(audit, 'tail', 'print the last records of a trail')
    .option('-n, --lines <count>', 'how many records, of each trail', wholeNumber, 10)
    .option('--follow', 'go on with new records until interrupted')
    .option('--json', 'print one JSON object per line')
    .action((dir: string, options: Options) => orCouldNotRead(() => print(console, dir, options)))
}

async function print(console: Console, dir: string, options: Options): Promise<void> {
  const { json, lines: last } = options
  const entries =
    options.follow === true ? follow(dir, last, console.untilInterrupted()) : await lastOf(dir, last)
  for await (const { trail, entry } of entries) {
    if (json === true) console.json(trail === '' ? entry : { trail, ...entry }, 'line')
    else console.print(trail === '' ? entryLine(entry) : `${trail} ${entryLine(entry)}`)
  }
}

async function lastOf(dir: string, last: number): Promise<ReturnType<typeof entriesOf>> {
  const trails = await writtenTrails(dir)
  return byTime(
    trails.map(trail => entriesOf(trail, { last })),
    ({ entry }) => entry.time,
  )
}
