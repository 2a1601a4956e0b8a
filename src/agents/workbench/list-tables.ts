/** `list_tables`: what there is to read, by the names to use. */
import { abandoned } from '../../model/refusal.js'
import { withTexts } from '../../util/texts.js'
import { type Answer, result } from './answer.js'
import type { Arguments } from './arguments.js'
import { denied } from './failures.js'
import { isLike } from './like.js'
import type { Call } from './run-statement.js'
import { candidates, type Visible, visible } from './visible.js'

const MOST_SHOWN = 200
/** Relations judged in one call, and how many of them before others get a turn. */
const MOST_JUDGED = 2_000
const AT_ONCE = 50

export async function listTables(call: Call, { like }: Arguments): Promise<Answer> {
  const { statements, settled, signal } = call
  await statements.looked({ at: 'catalog', ...(like === undefined ? {} : { like }) })
  const { relations } = await statements.catalog()
  const sought = candidates(relations).filter(({ name }) => like === undefined || isLike(name, like))
  const tables: object[] = []
  let characters = 0
  let cut = sought.length > MOST_JUDGED
  for (const [at, relation] of sought.slice(0, MOST_JUDGED).entries()) {
    if (at % AT_ONCE === AT_ONCE - 1) await new Promise(resolve => setImmediate(resolve))
    if (signal.aborted) return denied(abandoned)
    const seen = await visible(statements, relation)
    if (seen === null) continue
    const table = withTexts(entry(seen), text => statements.scrub(text))
    characters += JSON.stringify(table).length + 1
    if (tables.length === MOST_SHOWN || characters > settled.maxCharacters) {
      cut = true
      break
    }
    tables.push(table)
  }
  const note = 'There may be more. Give part of the name as like.'
  return result({ status: 'ok', tables, ...(cut ? { truncated: true, note } : {}) })
}

function entry({ name, relation: { kind, columns } }: Visible): object {
  return {
    name,
    ...(kind === 'table' ? {} : { kind }),
    columns: columns.map(column => column.name),
  }
}
