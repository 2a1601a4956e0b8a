/**
 * Statements that wait for an approval, exactly as they were asked for, in the memory of one process. What is
 * lost here is lost to nobody: the same statement can be sent again with the approval's id.
 */
import { type Clock, systemClock } from '../../util/clock.js'

/** A statement as it was asked for. Its bindings may hold card numbers: it never leaves the process. */
export interface FrozenStatement {
  readonly sql: string
  readonly params: readonly unknown[]
  /** It only reads: the database is told to refuse anything else. */
  readonly reads: boolean
  /** Rows to show. */
  readonly rows: number
  /** Why the caller says it is needed. */
  readonly reason?: string
}

/** Holds what waits for an approval, by ticket. Hand the same one to every workbench of a process. */
export interface FrozenStatements {
  /** @param until milliseconds since the Unix epoch; afterwards it is forgotten. */
  put(ticket: string, statement: FrozenStatement, until: number): void
  get(ticket: string): FrozenStatement | undefined
  drop(ticket: string): void
}

export interface FrozenOptions {
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Statements held at most; the oldest make room. Default 1 000. */
  readonly max?: number
  /** Bytes held at most. Default 16 MiB. */
  readonly maxBytes?: number
}

interface Entry {
  readonly statement: FrozenStatement
  readonly until: number
  readonly bytes: number
}

/**
 * @example
 * const frozen = frozenStatements()
 * const workbench = new GovernedWorkbench(connection.statements(principal, { session }), { frozen })
 */
export function frozenStatements(options: FrozenOptions = {}): FrozenStatements {
  const { clock = systemClock, max = 1_000, maxBytes = 16 * 1024 * 1024 } = options
  const entries = new Map<string, Entry>()
  let held = 0

  function drop(ticket: string): void {
    held -= entries.get(ticket)?.bytes ?? 0
    entries.delete(ticket)
  }

  function makeRoom(): void {
    const now = clock.now()
    for (const [ticket, { until }] of entries) if (until <= now) drop(ticket)
    for (const [ticket] of entries) {
      if (entries.size <= max && held <= maxBytes) return
      drop(ticket)
    }
  }

  return Object.freeze<FrozenStatements>({
    put(ticket, statement, until) {
      drop(ticket)
      const bytes = sizeOf(statement)
      entries.set(ticket, { statement, until, bytes })
      held += bytes
      makeRoom()
    },
    get(ticket) {
      const entry = entries.get(ticket)
      if (entry === undefined || entry.until > clock.now()) return entry?.statement
      drop(ticket)
      return undefined
    },
    drop,
  })
}

/** Two bytes for each UTF-16 code unit, and something for the objects around them. */
function sizeOf({ sql, params, reason = '' }: FrozenStatement): number {
  const texts = params.filter(value => typeof value === 'string')
  return texts.reduce(
    (sum, text) => sum + 2 * text.length,
    200 + 2 * (sql.length + reason.length) + 16 * params.length,
  )
}
