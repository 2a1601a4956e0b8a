/**
 * The choke point: a subclass of the live dialect class, made per handle. Knex rebuilds clients from
 * the class's prototype for transactions and clones, so the class is the one place that none of them
 * lose; its state is in the closure, and its prototype is frozen.
 */
import { type CardeaError, SurfaceRefusedError } from '../../errors.js'
import type {
  Builder,
  ClientConfig,
  CompiledStatement,
  KnexClient,
  KnexClientClass,
  KnexRunner,
  KnexTransaction,
} from './knex-internals.js'
import { abandon, type Leases } from './lease.js'
import { markGoverned } from './mark.js'
import { governedRunnerClass } from './runner.js'
import { type Enforcement, runGoverned, streamGoverned } from './statement.js'
import { destination, fail, streamOptions } from './stream.js'
import { governedTransactionClass, transactionClass } from './transaction.js'

/** What the class takes over from the host's client. */
export interface Governed {
  readonly client: KnexClient
  readonly enforcement: Enforcement
  /** Settings that shape SQL and rows; nothing about connections. */
  readonly config: ClientConfig
}

export function governedClientClass({ client: live, enforcement, config }: Governed): KnexClientClass {
  const Runner = governedRunnerClass(
    live.runner(dormantBuilder).constructor as Parameters<typeof governedRunnerClass>[0],
    enforcement,
  )
  const Transaction = governedTransactionClass(transactionClass(live), enforcement.controls)
  const { leases, host } = enforcement
  const Powerless = powerlessClass(live.constructor as KnexClientClass, live, leases)

  class GovernedClient extends Powerless implements KnexClient {
    constructor() {
      super({ ...config, client: GovernedClient })
      this.version = live.version
      if (live.isMariaDB !== undefined) this.isMariaDB = live.isMariaDB
      this.initializePool()
    }

    override async _query(lease: object, statement: CompiledStatement): Promise<CompiledStatement> {
      const { response, context } = await runGoverned(enforcement, lease, statement)
      statement.response = response
      if (context !== undefined) statement.context = context
      return statement
    }

    override async _stream(
      lease: object,
      statement: CompiledStatement,
      stream: object,
      options?: unknown,
    ): Promise<void> {
      try {
        const allowed = streamOptions(options, host.driver.streamOptions)
        await streamGoverned(enforcement, lease, statement, destination(stream, allowed))
      } catch (error) {
        fail(stream, error)
        throw error
      }
    }

    override runner(builder: Builder): KnexRunner {
      return new Runner(this, builder)
    }

    override transaction(container: unknown, settings?: unknown, outer?: unknown): KnexTransaction {
      return new Transaction(this, container, settings, outer)
    }

    override async cancelQuery(lease: object): Promise<void> {
      const held = leases.held(lease)
      abandon(held, 'The caller cancelled the statement.')
      await held.stopping?.catch(() => {
        throw new Error('The statement could not be cancelled at the server.')
      })
    }
  }
  markGoverned(GovernedClient.prototype)
  Object.freeze(GovernedClient.prototype)
  return GovernedClient
}

/** What the dialect class can do with connections, taken away; what it knows of the server, kept. */
function powerlessClass(Base: KnexClientClass, live: KnexClient, leases: Leases): KnexClientClass {
  class PowerlessClient extends Base implements KnexClient {
    override initializePool(): void {
      this.pool = leases.pool
      Reflect.set(this, '_ownsPool', false)
    }

    override initializeDriver(): void {}

    override async acquireRawConnection(): Promise<never> {
      throw refusedConnection()
    }

    override async destroyRawConnection(): Promise<never> {
      throw refusedConnection()
    }

    override async setSchemaSearchPath(): Promise<never> {
      throw new SurfaceRefusedError(
        'The search path is set where the database is configured, not per handle.',
      )
    }

    override async checkVersion(): Promise<unknown> {
      return live.version
    }

    /** SQLite's schema changes assign to a derived client what the frozen prototype would not let them. */
    _strict(): KnexClient {
      const strict: KnexClient = Object.create(this)
      Object.defineProperties(strict, {
        strictForeignKeyPragma: { value: true },
        transaction: { value: this.transaction.bind(strict) },
      })
      return strict
    }

    override database(): unknown {
      return databaseName(live)
    }
  }
  Object.freeze(PowerlessClient.prototype)
  return PowerlessClient
}

/** Stands in for a builder while the dialect's Runner class is read off an instance. */
const dormantBuilder: Builder = Object.freeze({ toSQL: () => [], emit: () => false })

function databaseName(client: KnexClient): unknown {
  const settings: unknown = Reflect.get(client, 'connectionSettings')
  return typeof settings === 'object' && settings !== null ? Reflect.get(settings, 'database') : undefined
}

function refusedConnection(): CardeaError {
  return new SurfaceRefusedError('A governed handle has no connections to give. Run statements through it.')
}
