import { type Command, Option } from 'commander'
import type { ExportName } from '../../audit/export/export-format.js'
import { exportFormats } from '../../audit/export/export-formats.js'
import type { SearchFilter } from '../../audit/search.js'
import { withTexts } from '../../util/texts.js'
import type { Console } from '../console.js'
import { withFilter } from '../reading/filter-options.js'
import { type IndexOption, withIndexOption, withTrails } from '../reading/open-trails.js'
import { orCouldNotRead, readingCommand } from '../reading/reading-command.js'

interface Options extends SearchFilter, IndexOption {
  readonly format: ExportName
}

const FORMATS: readonly ExportName[] = ['jsonl', 'csv', 'ocsf', 'cef', 'ecs']

/** `cardea audit export`: what meets every condition, in a form that other programs read. */
export function addAuditExport(audit: Command, console: Console): void {
  const command = readingCommand(
    audit,
    'export',
    'print what meets every condition given, in a form that other programs read',
  )
  withIndexOption(withFilter(command))
    .addOption(new Option('--format <format>', 'of the lines').choices(FORMATS).default('jsonl'))
    .action((dir: string, options: Options) =>
      orCouldNotRead(() => print(console, dir, versionOf(command), options)),
    )
}

async function print(
  console: Console,
  dir: string,
  version: string,
  { format: name, index, ...filter }: Options,
): Promise<void> {
  const format = exportFormats(version)[name]
  await withTrails(console, dir, index === undefined ? {} : { index }, async search => {
    if (format.head !== '') console.lines(format.head)
    for await (const { found, trail } of search(filter)) {
      // Text by text: within a line the digits of one member could run into the next.
      console.lines(format.lines({ found: withTexts(found, console.scrub), trail }))
    }
  })
}

/** Of the whole program. */
function versionOf(command: Command): string {
  let top: Command = command
  while (top.parent !== null) top = top.parent
  return top.version() ?? 'unknown'
}
