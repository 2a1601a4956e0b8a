/** The trails of a directory as one, by an index or by reading all of them. */
import type { Command } from 'commander'
import { openTrailIndex, type TrailIndex } from '../../audit/index/trail-index.js'
import type { SearchFilter } from '../../audit/reading/filter.js'
import { timeOf } from '../../audit/reading/stories.js'
import type { InTrail, SearchTrails } from '../../audit/reading/whole-story.js'
import { first, search } from '../../audit/search.js'
import { PeerMissingError } from '../../errors.js'
import type { Console } from '../console.js'
import { byTime } from '../merge-trails.js'
import { type NamedTrail, writtenTrails } from '../trail-directory.js'

export interface IndexOption {
  readonly index?: string
}

export function withIndexOption(command: Command): Command {
  return command.option(
    '--index <file>',
    'look conditions up in this index, made when missing and brought up to date first; outside of the trail',
  )
}

/** Gives `use` a search over all trails of the directory, by time. Without the package for an index it reads them. */
export async function withTrails(
  console: Console,
  dir: string,
  { index }: IndexOption,
  use: (search: SearchTrails, trails: readonly NamedTrail[]) => Promise<void>,
): Promise<void> {
  const trails = await writtenTrails(dir)
  const opened = index === undefined ? null : await openIndex(console, index, trails)
  try {
    await use(searchOver(trails, opened), trails)
  } finally {
    opened?.close()
  }
}

async function openIndex(
  console: Console,
  file: string,
  trails: readonly NamedTrail[],
): Promise<TrailIndex | null> {
  try {
    const index = await openTrailIndex(
      file,
      trails.map(({ directory }) => directory),
    )
    for (const { directory } of trails) await index.update(directory)
    return index
  } catch (error) {
    if (!(error instanceof PeerMissingError)) throw error
    console.note(`${error.message}. Reading all of the trail instead.`)
    return null
  }
}

function searchOver(trails: readonly NamedTrail[], index: TrailIndex | null): SearchTrails {
  return (filter, { limit = Number.POSITIVE_INFINITY, reverse = false } = {}) => {
    const found = trails.map(trail => foundIn(trail, index, filter, limit, reverse))
    return first(
      limit,
      byTime(found, one => timeOf(one.found), reverse),
    )
  }
}

async function* foundIn(
  { name: trail, directory }: NamedTrail,
  index: TrailIndex | null,
  filter: SearchFilter,
  limit: number,
  reverse: boolean,
): AsyncGenerator<InTrail> {
  const all =
    index === null ? search(directory, filter, { limit, reverse }) : index.search(directory, filter, reverse)
  for await (const found of all) yield { trail, found }
}
