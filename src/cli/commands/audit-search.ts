import type { Command } from 'commander'
import type { SearchFilter } from '../../audit/search.js'
import type { Console } from '../console.js'
import { wholeNumber } from '../options.js'
import { withFilter } from '../reading/filter-options.js'
import { type IndexOption, withIndexOption, withTrails } from '../reading/open-trails.js'
import { orCouldNotRead, readingCommand } from '../reading/reading-command.js'
import { padded } from '../reading/width.js'
import { foundHeader, foundLine } from '../record-lines.js'

interface Options extends SearchFilter, IndexOption {
  readonly limit?: number
  readonly reverse?: true
  readonly json?: true
}

/** `cardea audit search`: the statements and events that meet every condition. */
export function addAuditSearch(audit: Command, console: Console): void {
  const command = readingCommand(
    audit,
    'search',
    'print the statements and events of a trail that meet every condition given',
  )
  withIndexOption(withFilter(command))
    .option('--limit <count>', 'no more than so many', wholeNumber)
    .option('--reverse', 'the last first')
    .option('--json', 'print one JSON object per line')
    .action((dir: string, options: Options) => orCouldNotRead(() => print(console, dir, options)))
}

async function print(
  console: Console,
  dir: string,
  { json, limit, reverse, index, ...filter }: Options,
): Promise<void> {
  const wanted = { ...(limit === undefined ? {} : { limit }), reverse: reverse === true }
  await withTrails(console, dir, index === undefined ? {} : { index }, async (search, trails) => {
    const width = Math.max(...trails.map(({ name }) => name.length))
    const first = (name: string) => (width === 0 ? '' : `${padded(name, width)}  `)
    let count = 0
    for await (const { trail, found } of search(filter, wanted)) {
      if (json === true) console.json(trail === '' ? found : { trail, ...found }, 'line')
      else {
        // Beside the results, so that whoever counts or sorts lines finds results only.
        if (count === 0) console.note(first('trail') + foundHeader(console.plain))
        console.print(first(trail) + foundLine(found, console.plain))
      }
      count += 1
    }
    console.note(`${count} found`)
  })
}
