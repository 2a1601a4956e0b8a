import type { Knex } from 'knex'
import { migrationStatus } from '../../approval/stores/knex/migrations.js'
import { CardeaError } from '../../errors.js'
import { SESSIONS, STOPS, sessionMigrations } from './migrations.js'
import { foldName } from './names.js'
import type { Kill, SessionRow, SessionStore, Stop } from './session-store.js'
import { LONGEST_MS, trouble } from './trouble.js'

/** Rows written, or ids named, in one statement at most. */
const AT_ONCE = 200

/**
 * Sessions and stopped agents in the tables `cardea_sessions` and `cardea_agent_stops` (docs/gateway.md).
 *
 * @param knex on PostgreSQL, MySQL, MariaDB or SQLite, the primary and no replica. It stays yours.
 * @example
 * const sessions = knexSessionStore(knex)
 * for (const session of await sessions.list(Date.now() - 60_000)) print(session.id)
 */
export function knexSessionStore(knex: Knex): SessionStore {
  const attempt = async <T>(what: string, statement: Timed<T>): Promise<T> => {
    try {
      return await statement.timeout(LONGEST_MS)
    } catch (error) {
      throw trouble(error, what)
    }
  }
  const write = <T>(statement: Timed<T>) => attempt('The sessions could not be written', statement)
  const read = <T>(statement: Timed<T>) => attempt('The sessions could not be read', statement)
  return Object.freeze<SessionStore>({
    open: () => checkMigrated(knex),
    async put(rows) {
      for (const some of slices(rows)) {
        const merged = knex(SESSIONS).insert(some.map(rowOf)).onConflict('id')
        await write(merged.merge(['seen', 'statements', 'state']))
      }
    },
    beat: async (process, seen) => {
      await write(knex(SESSIONS).where({ process }).update({ seen }))
    },
    async remove(ids) {
      for (const some of slices(ids)) await write(knex(SESSIONS).whereIn('id', some).delete())
    },
    killed: async process => {
      const rows = await read(
        knex<Row>(SESSIONS).where({ process }).whereNotNull('kill_subject').select<Row[]>('*'),
      )
      return rows.map(killOf)
    },
    stops: async () => (await read(knex<StopRow>(STOPS).select<StopRow[]>('*'))).map(stopOf),
    list: async seenAfter => {
      const rows = await read(
        knex<Row>(SESSIONS).where('seen', '>', seenAfter).orderBy('id').select<Row[]>('*'),
      )
      return rows.map(sessionOf)
    },
    kill: async ({ id, by, why }) => {
      const row = { kill_subject: by.subject, kill_issuer: by.issuer, kill_why: why }
      return (await write<number>(knex(SESSIONS).where({ id }).update(row))) > 0
    },
    stop: stop => begin(knex, stop, read, write),
    resume: async agent =>
      (await write<number>(
        knex(STOPS)
          .where({ name: foldName(agent) })
          .delete(),
      )) > 0,
    prune: async seenBefore => {
      await write(knex(SESSIONS).where('seen', '<', seenBefore).delete())
    },
  })
}

/** A statement that takes a limit; what Knex calls a chainable. */
interface Timed<T> extends PromiseLike<T> {
  timeout(milliseconds: number): PromiseLike<T>
}
type Attempt = <T>(statement: Timed<T>) => Promise<T>

async function begin(
  knex: Knex,
  { agent, at, by, why }: Stop,
  read: Attempt,
  write: Attempt,
): Promise<boolean> {
  const name = foldName(agent)
  const rows = await read<unknown[]>(knex(STOPS).where({ name }).select('name'))
  if (rows.length > 0) return false
  const row = { name, agent, at, by_subject: by.subject, by_issuer: by.issuer, why }
  // Two operators at once: the first one's reason stays.
  await write(knex(STOPS).insert(row).onConflict('name').ignore())
  return true
}

async function checkMigrated(knex: Knex): Promise<void> {
  const { missing, unknown } = await migrationStatus(knex, sessionMigrations).catch((error: unknown) => {
    throw trouble(error, 'The tables of sessions could not be read')
  })
  if (missing.length > 0)
    throw new CardeaError(
      'CARDEA_STORE_UNAVAILABLE',
      'The store has no tables of sessions. Run cardea store migrate.',
    )
  if (unknown.length > 0)
    throw new CardeaError(
      'CARDEA_STORE_UNAVAILABLE',
      'A newer Cardea made the tables of sessions. Update this one.',
    )
}

function* slices<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += AT_ONCE) yield all.slice(at, at + AT_ONCE)
}

/** PostgreSQL's driver gives 64-bit numbers as text. */
type Big = string | number

interface Row {
  readonly id: string
  readonly process: string
  readonly data_source: string
  readonly subject: string
  readonly issuer: string
  readonly agent: string | null
  readonly framework: string | null
  readonly origination: string
  readonly since: Big
  readonly seen: Big
  readonly statements: Big
  readonly state: string
  readonly kill_subject: string | null
  readonly kill_issuer: string | null
  readonly kill_why: string | null
}

interface StopRow {
  readonly agent: string
  readonly at: Big
  readonly by_subject: string
  readonly by_issuer: string
  readonly why: string
}

function rowOf({ dataSource, subject, issuer, agent, framework, origination, ...rest }: SessionRow) {
  return {
    ...rest,
    data_source: dataSource,
    subject: fitting(subject, 255),
    issuer: fitting(issuer, 512),
    agent: agent === null ? null : fitting(agent, 255),
    framework: framework === null ? null : fitting(framework, 255),
    origination: fitting(origination, 255),
  }
}

/** NUL and lone surrogates fit no text column; these texts are for people to read, and nothing is looked up by them. */
function fitting(text: string, longest: number): string {
  return text.replace(/[\0\p{Cs}]/gu, '\uFFFD').slice(0, longest)
}

function sessionOf({
  data_source: dataSource,
  kill_subject,
  kill_issuer,
  kill_why,
  ...row
}: Row): SessionRow {
  return {
    ...row,
    dataSource,
    since: Number(row.since),
    seen: Number(row.seen),
    statements: Number(row.statements),
    state: row.state === 'active' ? 'active' : 'idle',
  }
}

function killOf({ id, kill_subject, kill_issuer, kill_why }: Row): Kill {
  return { id, by: { subject: kill_subject ?? '', issuer: kill_issuer ?? '' }, why: kill_why ?? '' }
}

function stopOf({ agent, at, by_subject, by_issuer, why }: StopRow): Stop {
  return { agent, at: Number(at), by: { subject: by_subject, issuer: by_issuer }, why }
}
