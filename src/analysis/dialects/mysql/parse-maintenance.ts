import type { UtilityStatement } from '../../relational.js'
import { utility } from '../utility.js'
import type { Cursor } from './cursor.js'
import { skipRest } from './skip.js'
import { written } from './utility.js'

/** `analyze table a, b`, `optimize local table a`, `check view v extended`: what else they say changes nothing for us. */
export function parseTableMaintenance(cursor: Cursor, verb: string): UtilityStatement {
  if (!cursor.accept('local')) cursor.accept('no_write_to_binlog')
  if (!cursor.accept('table') && !cursor.accept('tables')) cursor.expect('view')
  const names = cursor.list(() => cursor.relation())
  skipRest(cursor)
  return utility('maintenance', verb, { relations: written(names), result: 'opaque' })
}
