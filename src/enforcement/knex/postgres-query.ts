/**
 * One statement over PostgreSQL's extended protocol: never more than one statement, at most so many
 * rows, and, where asked, inside a read-only transaction that travels in the same network flush.
 */
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { SurfaceRefusedError } from '../../errors.js'

export interface PgField {
  readonly name: string
  readonly tableID: number
  readonly columnID: number
  readonly dataTypeID: number
  readonly dataTypeSize: number
  readonly dataTypeModifier: number
  readonly format: string
}

export interface PgResult {
  readonly command: string | null
  readonly rowCount: number | null
  readonly oid: number | null
  readonly rows: (Record<string, unknown> | unknown[])[]
  readonly fields: readonly PgField[]
}

/** node-postgres's connection to the server, as its Query class uses it. */
interface PgWire {
  readonly stream: { cork?(): void; uncork?(): void }
  parse(message: { text: string; name?: string }): void
  bind(message: { values?: readonly unknown[]; portal?: string }): void
  describe(message: { type: 'P' | 'S'; name: string }): void
  execute(message: { portal: string; rows?: number }): void
  close(message: { type: 'P' | 'S'; name: string }): void
  sendCopyFail(message: string): void
  sync(): void
}

interface PgQuery {
  rows?: number | undefined
  queryMode?: 'extended'
  /** node-postgres drops the rows that follow and fails with it when the server is ready. */
  _canceledDueToError: unknown
  handleCommandComplete(message: object, wire: PgWire): void
  handlePortalSuspended(wire: PgWire): void
  handleRowDescription(message: { fields: readonly PgField[] }): void
  handleError(error: Error, wire: PgWire): void
  handleCopyInResponse(wire: PgWire): void
  handleEmptyQuery(wire: PgWire): void
  prepare(wire: PgWire): void
  _getRows(wire: PgWire, rows: number | undefined): void
}
type PgQueryClass = new (
  text: string | { readonly text: string; readonly rowMode: 'array' },
  values: readonly unknown[],
  callback: (error: Error | null, result?: PgResult) => void,
) => PgQuery

export interface PgConnection {
  readonly constructor: { readonly Query?: PgQueryClass }
  readonly connection: EventEmitter & { readonly stream: Socket }
  query(submittable: object): unknown
  getTransactionStatus?(): string | null
}

export interface PgStatement {
  readonly text: string
  readonly values: readonly unknown[]
  readonly arrays: boolean
  /** Rows fetched at most. */
  readonly rows?: number
  /** Transaction control sent before and after in the same flush, answered without a trace in the result. */
  readonly bracket?: { readonly before: readonly string[]; readonly after: readonly string[] }
}

export interface PgAnswer {
  readonly result: PgResult
  /** More rows were there than were fetched. */
  readonly suspended: boolean
}

/** Sends the statement and resolves when it is answered. Rejects with the driver's error. */
export type PgAsk = (connection: PgConnection, statement: PgStatement) => Promise<PgAnswer>

/** One per driver, because it keeps the class that it derives from node-postgres's own. */
export function pgAsk(): PgAsk {
  const classes = new WeakMap<PgQueryClass, BracketedQueryClass>()
  return async (connection, statement) => {
    const { Query } = connection.constructor
    if (Query === undefined) throw new TypeError('The connection is not one of node-postgres.')
    const Bracketed = classes.get(Query) ?? bracketedQueryClass(Query)
    classes.set(Query, Bracketed)
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, answer?: PgAnswer) => {
        if (answer === undefined) reject(error ?? new Error('The server gave no answer.'))
        else resolve(answer)
      }
      connection.query(new Bracketed(statement, done))
    })
  }
}

type BracketedQueryClass = new (
  statement: PgStatement,
  done: (error: Error | null, answer?: PgAnswer) => void,
) => object

function bracketedQueryClass(Query: PgQueryClass): BracketedQueryClass {
  return class BracketedQuery extends Query {
    readonly #statement: PgStatement
    #completions = 0
    #suspended = false

    constructor(statement: PgStatement, done: (error: Error | null, answer?: PgAnswer) => void) {
      const { text, values, arrays, rows } = statement
      // node-postgres clones an object property by property; a text it takes as it is.
      super(arrays ? { text, rowMode: 'array' } : text, values, (error, result) => {
        if (result === undefined) done(error)
        else done(null, { result, suspended: this.#suspended })
      })
      this.queryMode = 'extended'
      this.rows = rows
      this.#statement = statement
    }

    override prepare(wire: PgWire): void {
      for (const text of this.#statement.bracket?.before ?? []) control(wire, text)
      super.prepare(wire)
    }

    override _getRows(wire: PgWire, rows: number | undefined): void {
      wire.execute({ portal: '', ...(rows === undefined ? {} : { rows }) })
      if (rows !== undefined) wire.close({ type: 'P', name: '' })
      for (const text of this.#statement.bracket?.after ?? []) control(wire, text)
      wire.sync()
    }

    override handleRowDescription(message: { fields: readonly PgField[] }): void {
      super.handleRowDescription(message)
      if (!this.#statement.arrays) this._canceledDueToError = treacherousName(message.fields)
    }

    override handleCommandComplete(message: object, wire: PgWire): void {
      const before = this.#statement.bracket?.before.length ?? 0
      const own = this.#completions++ === before && !this.#suspended
      // Our own Sync is on its way already; the parent would send a second one for a row limit.
      if (own) withoutRows(this, () => super.handleCommandComplete(message, wire))
    }

    override handlePortalSuspended(_wire: PgWire): void {
      this.#suspended = true
    }

    override handleEmptyQuery(_wire: PgWire): void {
      this.#completions++
    }

    override handleCopyInResponse(wire: PgWire): void {
      // A Sync sent before the copy began was swallowed by it.
      wire.sendCopyFail('COPY needs a data source')
      wire.sync()
    }
  }
}

/** A value stored under `__proto__` becomes the row's prototype, where no masker looks. */
function treacherousName(fields: readonly PgField[]): SurfaceRefusedError | false {
  const found = fields.some(field => field.name === '__proto__')
  return found && new SurfaceRefusedError('A result column may not be called __proto__. Rename it.')
}

function withoutRows(query: PgQuery, work: () => void): void {
  const { rows } = query
  query.rows = undefined
  work()
  query.rows = rows
}

function control(wire: PgWire, text: string): void {
  wire.parse({ text })
  wire.bind({})
  wire.execute({ portal: '' })
}
