/**
 * Knex's own transaction control, told apart from the same words in a caller's statement. A statement
 * counts as Knex's when the governed Transaction class made it, for one use, in a form that the class
 * makes; callers hold neither the class's mark nor a way to set it.
 */
import type {
  CompiledStatement,
  KnexClient,
  KnexTransaction,
  KnexTransactionClass,
} from './knex-internals.js'
import type { Snapshot } from './snapshot.js'

const levels = '(read uncommitted|read committed|snapshot|repeatable read|serializable)'
const mode = `( ISOLATION LEVEL ${levels})?( READ ONLY)?`
const opening = [/^BEGIN;$/, new RegExp(`^BEGIN TRANSACTION${mode};$`)]
const closing = [/^COMMIT;$/, /^ROLLBACK$/]
const marking = [
  new RegExp(`^SET TRANSACTION${mode};$`),
  /^SAVEPOINT trx\d+;$/,
  /^RELEASE SAVEPOINT trx\d+;$/,
  /^ROLLBACK TO SAVEPOINT trx\d+$/,
]

/** What a statement of Knex's Transaction class does, or `undefined` for anything that it cannot make. */
export function controlText(sql: string): 'open' | 'close' | 'mark' | undefined {
  const is = (forms: readonly RegExp[]) => forms.some(form => form.test(sql))
  if (is(opening)) return 'open'
  if (is(closing)) return 'close'
  return is(marking) ? 'mark' : undefined
}

export interface Controls {
  issue(sql: string): CompiledStatement
  /** True once for a statement that was issued here and still says the same. */
  take(compiled: CompiledStatement, statement: Snapshot): boolean
}

export function controls(): Controls {
  const issued = new WeakMap<object, string>()
  return {
    issue: sql => {
      const statement = { sql }
      // Knex tests the statement's text as if it were the string that it passed.
      Object.defineProperty(statement, 'toString', { value: () => sql })
      issued.set(statement, sql)
      return statement
    },
    take: (compiled, statement) => {
      const sql = issued.get(compiled)
      issued.delete(compiled)
      return sql === statement.sql && statement.bindings.length === 0
    },
  }
}

/** The dialect's own Transaction class; Knex does not export it, so one is made that never begins. */
export function transactionClass(client: KnexClient): KnexTransactionClass {
  const never = { _lastChild: new Promise<never>(() => {}) }
  const dormant = client.transaction(() => {}, { userParams: {} }, never)
  return dormant.constructor as KnexTransactionClass
}

export function governedTransactionClass(
  Transaction: KnexTransactionClass,
  issued: Controls,
): KnexTransactionClass {
  class GovernedTransaction extends Transaction implements KnexTransaction {
    #restoring: Promise<void> | undefined

    override acquireConnection(config: unknown, work: (connection: object) => unknown): Promise<unknown> {
      return super.acquireConnection(config, async connection => {
        try {
          return await work(connection)
        } finally {
          await this.#restoring?.catch(() => {})
        }
      })
    }

    /** Knex does not wait for it, and a lease is dead once it is given back; so the connection is kept for it. */
    override _restoreForeignCheck(connection: object, enable: unknown): Promise<void> {
      this.#restoring = super._restoreForeignCheck(connection, enable)
      return this.#restoring
    }

    override query(connection: object, sql: unknown, status?: number, value?: unknown): Promise<unknown> {
      const own = typeof sql === 'string' && controlText(sql) !== undefined
      return super.query(connection, own ? issued.issue(sql) : sql, status, value)
    }
  }
  Object.freeze(GovernedTransaction.prototype)
  return GovernedTransaction
}
