/** UPDATE and DELETE of several tables in one statement, as MySQL and MariaDB have them. */
import type { MultiDelete, MultiUpdate } from '../relational.js'
import { AnalysisStop, quoted } from '../stop.js'
import { type Place, scopeAt } from './analysis.js'
import { evaluate, evaluateCondition } from './expressions.js'
import { type Frame, frameAt } from './frame.js'
import type { QueryResult } from './queries.js'
import { type Reach, reachOf } from './row-scope.js'
import { sightOf } from './row-sight.js'
import { findItem, type Item } from './scope.js'
import { shapeOfSources } from './sources.js'
import { assign, nameOf, type Target, targetAt } from './write-target.js'

const NOTHING: QueryResult = { columns: [] }

export function analyzeMultiUpdate(update: MultiUpdate, place: Place): QueryResult {
  const frame = frameAt(place, scopeAt(place, shapeOfSources(update.from, place)))
  if (update.where !== undefined) evaluateCondition(update.where, frame)
  const targets = new Map<Item, Target>()
  for (const { path, value } of update.assignments) {
    const item = ownerOf(path, frame)
    const target = targets.get(item) ?? targetOf(item, place, update.lenient)
    targets.set(item, target)
    assign(target, path[path.length - 1] ?? '', evaluate(value, frame))
  }
  for (const target of targets.values()) {
    const effect = { kind: 'update', verb: 'update', target: nameOf(target) } as const
    place.analysis.findings.effects.push({ ...effect, ...reached(target, update, frame) })
  }
  return NOTHING
}

export function analyzeMultiDelete(statement: MultiDelete, place: Place): QueryResult {
  const frame = frameAt(place, scopeAt(place, shapeOfSources(statement.from, place)))
  if (statement.where !== undefined) evaluateCondition(statement.where, frame)
  for (const path of statement.targets) {
    const item = findItem(frame.scope, path)
    if (item === undefined) throw unknownTarget(path)
    const target = targetOf(item, place)
    const effect = { kind: 'delete', verb: 'delete', target: nameOf(target) } as const
    place.analysis.findings.effects.push({ ...effect, ...reached(target, statement, frame) })
  }
  return NOTHING
}

/** The table that an assignment's left side belongs to. */
function ownerOf(path: readonly string[], { scope }: Frame): Item {
  const key = scope.rules.fold(path[path.length - 1] ?? '')
  const owners = scope.shape.items.filter(item => item.columns.some(column => column.key === key))
  const item = path.length > 1 ? findItem(scope, path.slice(0, -1)) : owners[0]
  if (item === undefined) throw unknownTarget(path)
  if (path.length === 1 && owners.length > 1)
    throw new AnalysisStop('ambiguous_name', 'A column to write could belong to several tables. Qualify it.')
  return item
}

function targetOf(item: Item, place: Place, lenient = false): Target {
  const { relation } = item
  const found = relation && place.analysis.index.find({ schema: relation.schema, name: relation.name })
  if (found === undefined)
    throw new AnalysisStop('unknown_relation', 'What is not a table of the catalog cannot be written.')
  return targetAt(found, item, place, lenient)
}

function reached(target: Target, { from, where }: MultiUpdate | MultiDelete, frame: Frame): Reach {
  return reachOf(where, sightOf(target.item, from, frame.scope, target.place))
}

function unknownTarget(path: readonly string[]): AnalysisStop {
  const shown = path.map(quoted).join('.')
  return new AnalysisStop('unknown_relation', `${shown} is no table of the statement that could be written.`)
}
