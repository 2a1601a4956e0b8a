import type { Command } from 'commander'
import type { Found } from '../../audit/search.js'
import type { Console } from '../console.js'
import { Exit } from '../exit.js'
import { type IndexOption, withIndexOption, withTrails } from '../reading/open-trails.js'
import { orCouldNotRead, readingCommand } from '../reading/reading-command.js'
import { statementLines } from '../reading/statement-lines.js'
import { whoWords } from '../record-lines.js'

interface Options extends IndexOption {
  readonly json?: true
}

const NOT_FOUND = 1

/** `cardea audit replay`: a session as it went, statement by statement. */
export function addAuditReplay(audit: Command, console: Console): void {
  const command = readingCommand(
    audit,
    'replay',
    'print a session as it went: its statements in the order of their end, with decisions and masked rows',
  ).argument('<session>', 'the id of the session')
  withIndexOption(command)
    .option('--json', 'print one JSON object per line')
    .action((dir: string, session: string, options: Options) =>
      orCouldNotRead(() => print(console, dir, session, options)),
    )
}

async function print(
  console: Console,
  dir: string,
  session: string,
  { json, ...index }: Options,
): Promise<void> {
  await withTrails(console, dir, index, async search => {
    let count = 0
    let start = Number.NaN
    for await (const { found, trail } of search({ session })) {
      count += 1
      const time = Date.parse(found.kind === 'event' ? found.record.time : found.time)
      if (count === 1) start = time
      if (json === true) console.json(trail === '' ? found : { trail, ...found }, 'line')
      else console.print(...momentLines(found, trail, time - start, console.plain), '')
    }
    if (count === 0) throw new Exit(NOT_FOUND, `Nothing in ${dir} is of the session ${session}.`)
    console.note(`${count} found`)
  })
}

function momentLines(
  found: Found,
  trail: string,
  sinceStart: number,
  show: (text: string) => string,
): readonly string[] {
  const where = trail === '' ? '' : `, ${trail}`
  const since = `${sinceStart < 0 ? '-' : '+'}${(Math.abs(sinceStart) / 1000).toFixed(3)} s`
  if (found.kind === 'event') {
    const { detail, event, time } = found.record
    return [`${time} (${since}${where}) ${event} ${JSON.stringify(detail)}`]
  }
  return [
    `${found.time} (${since}${where}) ${whoWords(found.statement)}, ${found.id}`,
    ...statementLines(found, show),
  ]
}
