import { CardeaError } from '../../errors.js'
import type { MysqlConnection, MysqlQuestion } from './mysql-query.js'

/** Prepared statements kept per connection; the server allows 16,382 to all its clients together by default. */
const KEPT = 100

export interface PreparedStatements {
  /**
   * Has the server read the statement, unless it has already.
   *
   * @throws the server's error; CardeaError CARDEA_BINDING_REFUSED where the server sees more or fewer
   *   placeholders than there are bindings.
   */
  prepare(connection: MysqlConnection, question: MysqlQuestion): Promise<void>
}

export function preparedStatements(kept = KEPT): PreparedStatements {
  /** By connection, what was prepared on it, in the order of the last use. */
  const shelves = new WeakMap<MysqlConnection, Map<string, MysqlQuestion>>()

  function keep(connection: MysqlConnection, question: MysqlQuestion): void {
    const shelf = shelves.get(connection) ?? new Map<string, MysqlQuestion>()
    shelves.set(connection, shelf)
    const key = `${question.rowsAsArray} ${question.sql}`
    shelf.delete(key)
    shelf.set(key, { ...question, values: [] })
    for (const [oldest, stale] of shelf) {
      if (shelf.size <= kept) return
      shelf.delete(oldest)
      connection.unprepare(stale)
    }
  }

  return {
    async prepare(connection, question) {
      const { length } = question.values
      const count = await placeholders(connection, question)
      keep(connection, question)
      if (count === length) return
      throw new CardeaError(
        'CARDEA_BINDING_REFUSED',
        `The statement has ${count} placeholders and ${length} bindings. Give one binding per placeholder.`,
      )
    },
  }
}

function placeholders(connection: MysqlConnection, question: MysqlQuestion): Promise<number> {
  return new Promise((resolve, reject) => {
    connection.on('error', reject)
    connection.prepare(question, (error, statement) => {
      connection.off('error', reject)
      if (error) reject(error)
      else resolve(statement.parameters.length)
    })
  })
}
