import type { Knex } from 'knex'
import { CHANNEL } from './migrations.js'

/** One connection that PostgreSQL sends notifications on, outside the pool, made anew when it breaks. */
export interface Line {
  readonly connected: boolean
  /** Finds out whether the other end is still there: a network can lose it without a sign. */
  check(): void
  close(): void
}

export interface LineEvents {
  /** @param id of an entry that was added or replaced. */
  told(id: string): void
  /** From now on it hears everything. */
  connected(): void
  lost(): void
}

/** What is used of a `Client` of the package pg. */
interface Raw {
  on(event: 'notification', listener: (message: { payload?: string }) => void): unknown
  on(event: 'error' | 'end', listener: () => void): unknown
  query(statement: string): Promise<unknown>
  end(): Promise<unknown>
  readonly connection?: { readonly stream?: { destroy(): void } }
}

const SHORTEST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
const ANSWER_MS = 5_000

/** Connects at once and keeps trying. Knex makes the connection, so settings and credentials are its own. */
export function postgresLine(knex: Knex, events: LineEvents): Line {
  let closed = false
  let connection: Raw | undefined
  let pause = SHORTEST_PAUSE_MS
  let timer: NodeJS.Timeout | undefined

  const again = (): void => {
    if (closed) return
    timer = setTimeout(() => void connect(), pause)
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2)
  }
  const connect = async (): Promise<void> => {
    let raw: Raw | undefined
    try {
      raw = (await knex.client.acquireRawConnection()) as Raw
      await listenOn(raw)
    } catch {
      if (raw !== undefined) cut(raw)
      return again()
    }
    if (closed) return cut(raw)
    connection = raw
    pause = SHORTEST_PAUSE_MS
    events.connected()
  }
  const lose = (raw: Raw): void => {
    if (raw !== connection) return
    connection = undefined
    cut(raw)
    events.lost()
    again()
  }
  const listenOn = async (raw: Raw): Promise<void> => {
    raw.on('error', () => lose(raw))
    raw.on('end', () => lose(raw))
    raw.on('notification', ({ payload = '' }) => {
      if (!closed && raw === connection) events.told(payload)
    })
    await answered(raw, `LISTEN ${CHANNEL}`)
  }
  void connect()
  return {
    get connected() {
      return connection !== undefined
    },
    check() {
      const raw = connection
      if (raw === undefined) return
      answered(raw, 'SELECT 1').catch(() => lose(raw))
    },
    close() {
      closed = true
      clearTimeout(timer)
      const raw = connection
      connection = undefined
      if (raw !== undefined) cut(raw)
    },
  }
}

async function answered(raw: Raw, statement: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), ANSWER_MS)
  })
  try {
    await Promise.race([raw.query(statement), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Says goodbye, and does not wait for an answer. */
function cut(raw: Raw): void {
  raw.end().catch(() => {})
  raw.connection?.stream?.destroy()
}
