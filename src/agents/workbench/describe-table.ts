/** `describe_table`: the columns of one relation, and what becomes of those that are protected. */
import type { CatalogColumn, CatalogRelation } from '../../model/catalog.js'
import type { MaskMethod } from '../../model/decision.js'
import { isRefusal } from '../../model/refusal.js'
import type { Statements } from '../../model/statements.js'
import { withTexts } from '../../util/texts.js'
import { type Answer, invalid, result } from './answer.js'
import type { Arguments } from './arguments.js'
import type { Call } from './run-statement.js'
import { candidates, isPlain, quote, type Visible, visible } from './visible.js'

const MASKED: Readonly<Record<MaskMethod, string>> = {
  keep: 'shown as it is',
  scan: 'shown as it is',
  partial: 'always masked',
  first8: 'always masked',
  last4: 'always masked',
  hash: 'always a hash, the same for the same value',
  tokenise: 'always a token, the same for the same value',
  generalise: 'always generalised',
  redact: 'always redacted',
  null: 'always empty',
}

/** A relation that may not be read is answered as one that is not there. */
export async function describeTable(call: Call, { table = '' }: Arguments): Promise<Answer> {
  const { statements } = call
  await statements.looked({ at: 'catalog', table })
  const { relations, searchPath } = await statements.catalog()
  const meant = candidates(relations)
    .filter(relation => goodness(relation, table) < NO_MATCH)
    .sort((one, other) => rank(one, table, searchPath) - rank(other, table, searchPath))
  for (const relation of meant) {
    const seen = await visible(statements, relation)
    if (seen === null) continue
    const shown = withTexts(await described(statements, seen), text => statements.scrub(text))
    return result({ status: 'ok', ...shown })
  }
  return invalid('There is no table of this name that you can read. list_tables shows the names.')
}

const NO_MATCH = 3

/** How well the text names the relation: to the letter, but for case, or not at all. Quotes do not matter. */
function goodness({ schema, name }: CatalogRelation, text: string): number {
  const said = bare(text)
  const names = [bare(name), bare(`${schema}.${name}`)]
  if (names.includes(said)) return 0
  return names.some(one => one.toLowerCase() === said.toLowerCase()) ? 1 : NO_MATCH
}

/** Also where a name holds marks itself, which a statement writes twice. */
function bare(text: string): string {
  return text.replace(/["`[\]]/g, '')
}

/** Of several relations of one name, the one that a statement would find first. */
function rank(relation: CatalogRelation, text: string, searchPath: readonly string[]): number {
  const place = searchPath.indexOf(relation.schema)
  const far = place < 0 ? searchPath.length : place
  return goodness(relation, text) * (searchPath.length + 1) + far
}

async function described(statements: Statements, { relation, name }: Visible): Promise<object> {
  const { kind, columns, primaryKey, keys } = relation
  const unique = keys.filter(key => key.join() !== primaryKey?.join())
  const shown: object[] = []
  for (const column of columns) shown.push(await describedColumn(statements, name, column))
  return {
    table: name,
    ...(kind === 'table' ? {} : { kind }),
    columns: shown,
    ...(primaryKey === undefined ? {} : { primary_key: primaryKey }),
    ...(unique.length === 0 ? {} : { unique }),
  }
}

async function describedColumn(
  statements: Statements,
  table: string,
  { name, type, nullable, labels }: CatalogColumn,
): Promise<object> {
  const becomes = labels.length === 0 ? undefined : await outcomeOf(statements, table, name)
  return {
    name,
    type,
    ...(nullable ? { nullable } : {}),
    ...(becomes === undefined ? {} : { protected: `${labels.join(', ')}: ${becomes}` }),
  }
}

/** What policy does with the column where a statement shows it. */
async function outcomeOf(statements: Statements, table: string, column: string): Promise<string> {
  const { dialect } = statements
  const written = isPlain(column, dialect) ? column : quote(column, dialect)
  for (const name of [written, quote(column, dialect)]) {
    const explained = await statements.explain(`select ${name} from ${table}`, [])
    if (isRefusal(explained) || !explained.facts.analyzable) continue
    const { effect, obligations } = explained.decision
    if (effect === 'deny') return 'cannot be read'
    const { mask } = obligations
    const method = typeof mask === 'string' ? 'scan' : (mask[0]?.method ?? 'scan')
    return effect === 'require_approval' ? `${MASKED[method]}, after an approval` : MASKED[method]
  }
  return 'cannot be read'
}
