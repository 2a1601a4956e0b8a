/**
 * The parts of Knex 3.3 that enforcement stands on, as types. Knex publishes no types for them; the
 * probe tests prove on live databases that they are as described here.
 */

/** A compiled statement on its way through Knex. Written by callers too, so nothing in it is believed. */
export interface CompiledStatement {
  sql?: unknown
  bindings?: unknown
  options?: unknown
  response?: unknown
  context?: unknown
  statementsProducer?: unknown
}

/** A query builder, raw or schema builder, as the runner sees it. */
export interface Builder {
  _connection?: unknown
  toSQL(): CompiledStatement | CompiledStatement[]
  emit(event: string, ...values: unknown[]): unknown
}

/** What Knex asks of `connectionPool`. */
export interface ConnectionPool {
  acquire(): { promise: Promise<object> }
  release(connection: object): boolean
  destroy(): Promise<void>
  numFree(): number
  numUsed(): number
  numPendingAcquires(): number
}

export interface ClientConfig {
  [key: string]: unknown
}

/** An instance of a Knex dialect class. */
export interface KnexClient {
  config: ClientConfig
  pool?: ConnectionPool | undefined
  version?: string | null | undefined
  isMariaDB?: boolean
  logger: { warn(message: string): void }
  transacting?: boolean
  readonly dialect: string
  readonly driverName: string
  emit(event: string, ...values: unknown[]): boolean
  runner(builder: Builder): KnexRunner
  transaction(container: unknown, config?: unknown, outer?: unknown): KnexTransaction
  stream(
    connection: object,
    statement: CompiledStatement,
    stream: object,
    options?: unknown,
  ): Promise<unknown>
  prepBindings(bindings: unknown): unknown
  positionBindings(sql: string): string
  initializePool(config?: ClientConfig): void
  initializeDriver(): void
  acquireRawConnection(): Promise<object>
  destroyRawConnection(connection: object): Promise<unknown>
  setSchemaSearchPath(connection: object, path?: unknown): Promise<unknown>
  checkVersion(connection: object): Promise<unknown>
  cancelQuery(connection: object): Promise<unknown>
  database(): unknown
  destroy(callback?: unknown): Promise<void>
  _query(connection: object, statement: CompiledStatement): Promise<unknown>
  _stream(
    connection: object,
    statement: CompiledStatement,
    stream: object,
    options?: unknown,
  ): Promise<unknown>
}
export type KnexClientClass = new (config: ClientConfig) => KnexClient

export interface KnexRunner {
  client: KnexClient
  builder: Builder
  connection: object | undefined
  ensureConnection(work: (runner: KnexRunner, given: unknown) => unknown, given?: unknown): Promise<unknown>
  query(statement: CompiledStatement): Promise<unknown>
  queryArray(statements: CompiledStatement[]): Promise<unknown>
}
export type KnexRunnerClass = new (client: KnexClient, builder: Builder) => KnexRunner

export interface KnexTransaction {
  acquireConnection(config: unknown, work: (connection: object) => unknown): Promise<unknown>
  /** SQLite only. */
  _restoreForeignCheck(connection: object, enable: unknown): Promise<void>
  query(connection: object, sql: unknown, status?: number, value?: unknown): Promise<unknown>
  catch(onReject: () => void): Promise<unknown>
}
export type KnexTransactionClass = new (
  client: KnexClient,
  container: unknown,
  config?: unknown,
  outer?: unknown,
) => KnexTransaction
