import { setMaxListeners } from 'node:events'
import type { CompiledStatement, KnexRunner, KnexRunnerClass } from './knex-internals.js'
import { clearBeforehand, type Enforcement } from './statement.js'

/** What Knex passes along for a stream; absent for a plain run. */
interface StreamRequest {
  readonly stream: NodeJS.EventEmitter
  readonly options?: unknown
  readonly hasHandler?: boolean
}

/**
 * A Runner that compiles the statement and gets it approved before it takes a connection, so that a
 * person's thinking time never holds one.
 */
export function governedRunnerClass(Runner: KnexRunnerClass, enforcement: Enforcement): KnexRunnerClass {
  // Of a caller who waits: never aborted, unless the handle has one. A signal costs microseconds, so one serves all.
  const patient = enforcement.signal ?? new AbortController().signal
  // As many listeners as statements are under way: no leak that Node need warn of.
  setMaxListeners(0, patient)

  class GovernedRunner extends Runner implements KnexRunner {
    override async ensureConnection(
      work: (runner: KnexRunner, given: unknown) => unknown,
      given?: unknown,
    ): Promise<unknown> {
      if (this.connection !== undefined || this.client.transacting === true) {
        return withoutBindings(() => super.ensureConnection(work, given))
      }
      const request = isStreamRequest(given) ? given : undefined
      const compiled = compile(this, request)
      const signal = request === undefined ? patient : closing(request.stream, patient)
      for (const statement of [compiled].flat()) await clearFirst(enforcement, this, statement, signal)
      return withoutBindings(() => super.ensureConnection(() => execute(this, compiled, request), given))
    }

    override query(statement: CompiledStatement): Promise<unknown> {
      return withoutBindings(() => super.query(statement))
    }
  }
  Object.freeze(GovernedRunner.prototype)
  return GovernedRunner
}

/** Aborts when the stream closes or the handle is given up; a stream that has closed leaves nothing behind. */
function closing(stream: NodeJS.EventEmitter, patient: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  if (patient.aborted) abort()
  patient.addEventListener('abort', abort, { once: true })
  stream.once('close', () => {
    patient.removeEventListener('abort', abort)
    abort()
  })
  return controller.signal
}

function compile(
  runner: KnexRunner,
  request: StreamRequest | undefined,
): CompiledStatement | CompiledStatement[] {
  if (request === undefined) {
    runner.client.emit('start', runner.builder)
    runner.builder.emit('start', runner.builder)
  }
  const compiled = runner.builder.toSQL()
  if (Array.isArray(compiled) && request?.hasHandler === true) {
    throw new Error('The stream may only be used with a single query statement.')
  }
  return compiled
}

async function clearFirst(
  enforcement: Enforcement,
  runner: KnexRunner,
  statement: CompiledStatement,
  signal: AbortSignal,
): Promise<void> {
  const { sql, bindings, options } = statement
  if (typeof sql !== 'string' || sql === '' || statement.statementsProducer !== undefined) return
  const { client, builder } = runner
  const final = { sql: client.positionBindings(sql), bindings: client.prepBindings(bindings), options }
  try {
    await clearBeforehand(enforcement, statement, final, signal)
  } catch (error) {
    client.emit('query-error', error, { ...final })
    builder.emit('query-error', error, { ...final })
    throw error
  }
}

function execute(
  runner: KnexRunner,
  compiled: CompiledStatement | CompiledStatement[],
  request: StreamRequest | undefined,
): Promise<unknown> {
  if (request === undefined)
    return Array.isArray(compiled) ? runner.queryArray(compiled) : runner.query(compiled)
  const { connection } = runner
  if (connection === undefined || Array.isArray(compiled)) {
    throw new Error('The stream may only be used with a single query statement.')
  }
  return runner.client.stream(connection, compiled, request.stream, request.options)
}

function isStreamRequest(given: unknown): given is StreamRequest {
  return typeof given === 'object' && given !== null && 'stream' in given
}

/** Knex hangs the statement and its bindings on timeout errors; logs would carry them away. */
async function withoutBindings<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error) {
      Reflect.deleteProperty(error, 'bindings')
      Reflect.deleteProperty(error, 'sql')
    }
    throw error
  }
}
