import type { Knex } from 'knex'

/** Knex's inner surface, which a hostile caller uses without types. */
export interface InnerClient {
  [name: string]: unknown
  config: Record<string, unknown>
  pool: {
    acquire(): { promise: Promise<object> }
    release(connection: unknown): boolean
    destroy(): Promise<void>
    [name: string]: unknown
  }
  acquireConnection(): Promise<object>
  releaseConnection(connection: unknown): Promise<void>
  acquireRawConnection(): Promise<object>
  raw(sql: string, bindings?: unknown): PromiseLike<unknown> & { client: InnerClient }
  query(connection: unknown, statement: unknown): Promise<unknown>
  _query(connection: unknown, statement: unknown): Promise<{ response: unknown }>
  _stream(connection: unknown, statement: unknown, stream: unknown, options?: unknown): Promise<unknown>
  stream(connection: unknown, statement: unknown, stream: unknown, options?: unknown): Promise<unknown>
  runner(builder: unknown): {
    run(): Promise<unknown>
    constructor: new (client: unknown, builder: unknown) => { run(): Promise<unknown> }
  }
  cancelQuery(connection: unknown): Promise<unknown>
  on(event: string, listener: (...values: unknown[]) => void): void
  emit(event: string, ...values: unknown[]): boolean
}

export function inner(db: { client: unknown }): InnerClient {
  return db.client as InnerClient
}

/** The prototype of the dialect class under the governed ones, which are frozen. */
export function basePrototype(db: Knex): Record<string, (...values: unknown[]) => unknown> {
  let level: object = Reflect.getPrototypeOf(db.client) ?? {}
  while (Object.isFrozen(level)) level = Reflect.getPrototypeOf(level) ?? {}
  return level as Record<string, (...values: unknown[]) => unknown>
}
