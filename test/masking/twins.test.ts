/** Two databases that differ in protected characters only must look alike once masked. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { createMasker } from '../../src/masking/create-masker.js'
import type { ColumnMask } from '../../src/model/decision.js'
import { isRefusal } from '../../src/model/refusal.js'
import type { Row } from '../../src/model/result.js'
import { executed } from './support.js'

function load(twin: 'A' | 'B') {
  const database = new Database(':memory:')
  database.exec(
    readFileSync(new URL(`../fixtures/twins/fixture.sqlite.${twin}.sql`, import.meta.url), 'utf8'),
  )
  return database
}
const twins = [load('A'), load('B')] as const

function shown(
  database: (typeof twins)[number],
  statement: string,
  mask: 'scan-all' | readonly ColumnMask[],
): unknown {
  const prepared = database.prepare(statement)
  const rows = prepared.all() as Row[]
  const fields = prepared.columns().map(({ name }) => ({ name }))
  const outcome = createMasker().mask(
    executed({ result: { fields, rows, truncated: false }, mask, dialect: 'sqlite' }),
  )
  return isRefusal(outcome) ? outcome : [outcome.result, outcome.counts()]
}

const pan: ColumnMask = { method: 'partial', label: 'pan' }
const hidden: ColumnMask = { method: 'redact', label: 'pan' }

describe('the twins look alike', () => {
  test.each<[string, 'scan-all' | readonly ColumnMask[]]>([
    ['select id, note from payments order by id', 'scan-all'],
    ['select pan from cards order by id', [pan]],
    ['select pan from cards order by id', [{ method: 'last4', label: 'pan' }]],
    ['select pan from cards order by id', 'scan-all'],
    ['select cast(pan as integer) as p from cards order by id', [pan]],
    ['select cast(pan as blob) as p from cards order by id', 'scan-all'],
    ['select substr(pan, 5, 8) as p from cards order by id', [hidden]],
    ["select json_object('pan', pan) as p from cards order by id", 'scan-all'],
    ['select hex(pan) as p from cards order by id', 'scan-all'],
    ["select 'card ' || pan || ' ok' as p from cards order by id", 'scan-all'],
    ['select group_concat(pan) as p from cards', 'scan-all'],
    [
      'select cvv, ssn from cards join customers on customers.id = customer_id order by cards.id',
      [
        { method: 'redact', label: 'sad' },
        { method: 'last4', label: 'ssn' },
      ],
    ],
  ])('%s', (statement, mask) => {
    const [a, b] = twins.map(twin => shown(twin, statement, mask))
    expect(a).toEqual(b)
    expect(JSON.stringify(a)).not.toContain('refused')
  })

  test('and differ where nothing is masked', () => {
    const [a, b] = twins.map(twin => shown(twin, 'select substr(pan, 5, 8) as p from cards', 'scan-all'))
    expect(a).not.toEqual(b)
  })
})
