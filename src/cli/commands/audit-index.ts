import type { Command } from 'commander'
import { openTrailIndex } from '../../audit/index/trail-index.js'
import type { Console } from '../console.js'
import { orCouldNotRead, readingCommand } from '../reading/reading-command.js'
import { writtenTrails } from '../trail-directory.js'

/** `cardea audit index`: brings the index that other commands look things up in up to date. */
export function addAuditIndex(audit: Command, console: Console): void {
  readingCommand(audit, 'index', 'make an index of a trail, or bring it up to date')
    .requiredOption('--index <file>', 'the index, outside of the trail')
    .action((dir: string, { index }: { index: string }) => orCouldNotRead(() => update(console, dir, index)))
}

async function update(console: Console, dir: string, file: string): Promise<void> {
  const trails = await writtenTrails(dir)
  const index = await openTrailIndex(
    file,
    trails.map(({ directory }) => directory),
  )
  try {
    for (const { directory } of trails) {
      const count = await index.update(directory)
      console.print(`${directory}: ${count} statements and events in ${file}`)
    }
  } finally {
    index.close()
  }
}
