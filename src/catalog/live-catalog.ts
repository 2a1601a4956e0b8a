/**
 * The catalog of a live database, whatever its engine.
 *
 * The picture is cached. No caller gets one that was not compared with the database within `maxAgeMs`:
 * halfway there the comparison starts beside the statements, at the end they wait for it. A comparison
 * that fails drops the picture, so an unreachable database is an error and never an old schema.
 */
import { CardeaError, ConfigurationError } from '../errors.js'
import type { Catalog, LabelRule } from '../model/catalog.js'
import type { Clock } from '../util/clock.js'
import { assembleCatalog } from './assemble.js'
import type { CatalogSource } from './catalog-source.js'
import { applyLabels } from './labels.js'

/** Runs one statement and gives its rows by column name. */
export type CatalogQuery = (
  sql: string,
  params: readonly unknown[],
) => Promise<readonly Record<string, unknown>[]>

/** What a database says of its schema: two states with the same digest are the same schema. */
export interface SchemaState {
  readonly digest: string
}

/** How one engine is read. Both functions throw whatever the query throws, and ZodError for rows of another shape. */
export interface SchemaReader<State extends SchemaState> {
  /** One cheap statement, or few. */
  readonly readState: () => Promise<State>
  /** Schema without labels. */
  readonly readContent: (state: State) => Promise<Omit<Catalog, 'version'>>
  /** What to look at when reading fails, as a sentence. */
  readonly advice: string
}

export interface LiveCatalogOptions {
  readonly labels: readonly LabelRule[]
  readonly clock: Clock
  /** Milliseconds that a picture may go uncompared. Default 60,000. */
  readonly maxAgeMs?: number
}

interface Picture<State> {
  readonly catalog: Catalog
  readonly state: State
}

interface Cached<State> extends Picture<State> {
  readonly comparedAt: number
}

const READ_ATTEMPTS = 5

/**
 * @throws ConfigurationError for a `maxAgeMs` that is not above 0 and for labels that cannot be used;
 *   CardeaError CARDEA_CATALOG_UNAVAILABLE from `current` and `revalidate` when the database cannot be read.
 */
export function liveCatalog<State extends SchemaState>(
  reader: SchemaReader<State>,
  options: LiveCatalogOptions,
): CatalogSource {
  const { clock, labels, maxAgeMs } = checked(options)
  let cached: Cached<State> | null = null
  /** What is compared: outlives `cached`, as no state tells more than its digest. */
  let [known, latest]: [Picture<State> | null, Catalog | null] = [null, null]
  let running: Promise<Catalog> | null = null
  /** Starts when `running` ends: for callers who need to know what changed after it began. */
  let waiting: Promise<Catalog> | null = null
  /** What `running` finds may be handed to newcomers and kept. */
  let runningCounts = true

  async function compare(): Promise<Catalog> {
    const comparedAt = clock.monotonic()
    try {
      known = await reread(reader, labels, known, latest)
      latest = known.catalog
      if (runningCounts) cached = { ...known, comparedAt }
      return latest
    } catch (error) {
      cached = null
      known = null
      throw unavailable(error, reader.advice)
    }
  }

  function start(): Promise<Catalog> {
    waiting = null
    runningCounts = true
    running = compare().finally(() => {
      running = null
    })
    return running
  }

  /** One comparison that begins no earlier than this call; callers who come meanwhile share it. */
  function compareFromNow(): Promise<Catalog> {
    waiting ??= running?.then(start, start) ?? null
    return waiting ?? start()
  }

  return Object.freeze({
    current() {
      const age = cached === null ? Number.POSITIVE_INFINITY : clock.monotonic() - cached.comparedAt
      if (cached !== null && age < maxAgeMs) {
        // Its failure is everybody's on the next call: `cached` is gone then.
        if (age >= maxAgeMs / 2 && running === null) compareFromNow().catch(() => {})
        return cached.catalog
      }
      return running !== null && runningCounts ? running : compareFromNow()
    },
    invalidate() {
      cached = null
      runningCounts = false
    },
    revalidate: compareFromNow,
  } satisfies CatalogSource)
}

function checked({ clock, labels, maxAgeMs = 60_000 }: LiveCatalogOptions): Required<LiveCatalogOptions> {
  if (!(maxAgeMs > 0)) throw new ConfigurationError('maxAgeMs of a catalog must be a number above 0.')
  applyLabels([], labels)
  return { clock, labels, maxAgeMs }
}

/** The known picture where the database still stands as it did, a new one where not. */
async function reread<State extends SchemaState>(
  reader: SchemaReader<State>,
  labels: readonly LabelRule[],
  known: Picture<State> | null,
  latest: Catalog | null,
): Promise<Picture<State>> {
  const state = await reader.readState()
  if (known?.state.digest === state.digest) return known
  const read = await readWhole(reader, labels, state)
  // The same content stays the same object, so that what others derived from it stays valid.
  return latest?.version === read.catalog.version ? { ...read, catalog: latest } : read
}

/** Reads until nothing changed while reading, so that the parts belong to one state of the database. */
async function readWhole<State extends SchemaState>(
  reader: SchemaReader<State>,
  labels: readonly LabelRule[],
  first: State,
): Promise<Picture<State>> {
  let before = first
  for (let attempt = 0; attempt < READ_ATTEMPTS; attempt += 1) {
    const content = await reader.readContent(before)
    const after = await reader.readState()
    if (after.digest === before.digest) return { catalog: assembleCatalog(content, labels), state: after }
    before = after
  }
  throw new CardeaError(
    'CARDEA_CATALOG_UNAVAILABLE',
    `The schema changed during each of ${READ_ATTEMPTS} attempts to read it. Try again when the migration is done.`,
  )
}

/** Drivers put hosts, users and whole connection strings into their messages: only the code is kept. */
function unavailable(error: unknown, advice: string): CardeaError {
  if (error instanceof CardeaError) return error
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  const known = typeof code === 'string' && /^[A-Z0-9_]{3,40}$/.test(code) ? ` (${code})` : ''
  return new CardeaError(
    'CARDEA_CATALOG_UNAVAILABLE',
    `The schema could not be read from the database${known}, so no statement can be judged. ${advice}`,
  )
}
