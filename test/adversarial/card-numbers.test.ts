/** However a caller spells a card number, it stays out of the trail, of approval requests and of errors. */
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ApprovalRequest } from '../../src/index.js'
import { bob, openHouse, type TestHouse } from '../main-job/house.js'
import { describePostgres } from '../support/databases.js'

const PAN = '4111111111111111'
const spread = (by: string) => [...PAN].join(by)
const escaped = (before: string) => [...PAN].map(digit => `${before}${digit}`).join('')
const hex = Buffer.from(PAN).toString('hex')
const base64 = Buffer.from(PAN).toString('base64')
const fullwidth = [...PAN].map(digit => String.fromCodePoint(0xff10 + Number(digit))).join('')

const SPELLINGS: readonly (readonly [string, (readonly unknown[])?])[] = [
  [`select '${PAN}'`],
  [`select ${PAN}, -${PAN}, ${PAN}::text`],
  [`select 4.111111111111111e15`],
  [`select 411111111111111100E-2`],
  [`select 4_111_111_111_111_111`],
  [`select 1 as "${PAN}"`],
  [`select "${PAN}" from cards`],
  [`select * from "${PAN}"`],
  [`select $$${PAN}$$, $t$${PAN}$t$`],
  [`select E'${escaped('\\x3')}'`],
  [`select E'${escaped('\\06')}'`],
  [`select U&'${escaped('\\003')}'`],
  [`select '41111111' '11111111'`],
  [`select '41111111'\n'11111111'`],
  [`select '41111111' || '11111111'`],
  [`select concat('4111', '1111', 1111, '1111')`],
  [`select 1 -- ${PAN}`],
  [`select 1 /* ${PAN} /* ${PAN} */ */`],
  [`selct '${PAN}'`],
  [`select '${PAN}`],
  [`select ${PAN}x`],
  [`select '${PAN}'::int`],
  [`select '{"pan":${PAN}'::json`],
  [`select to_date('${PAN}', 'YYYY')`],
  [`select ('41111111-'||'11111111x')::int`],
  [`select '${spread(' ')}', '${spread('-')}', '${spread('.')}', '${spread('\u200b')}'`],
  [`select '${fullwidth}'`],
  [`select '\\x${hex}'::bytea, decode('${base64}', 'base64'), '${base64}'`],
  [`select id from cards where pan = '${PAN}'`],
  [`select id from cards where pan like '${PAN.slice(0, 15)}%'`],
  [`insert into payments (id, card_id, note) values (1, 1, '${PAN}')`],
  [`insert into payments (id, card_id, amount) values (500, 1, ${PAN})`],
  [`update payments set note = '${PAN}' where id = 1 returning note`],
  [`set application_name = '${PAN}'`],
  [`savepoint "${PAN}"`],
  [`create table "t${PAN}" (id int)`],
  [`do $$ begin raise exception '${PAN}'; end $$`],
  [`select set_config('a.b', '${PAN}', false)`],
  [`explain select '${PAN}'`],
  ['select ?::text', [PAN]],
  ['select ?::int', [PAN]],
  ['select ?::int', [Number(PAN)]],
  ['select ?::text', [BigInt(PAN)]],
  ['select ?::jsonb', [{ a: { pan: PAN, [PAN]: 1 } }]],
  ['select ?::text[]', [[PAN, [PAN]]]],
  ['select ?::text[]', [['41111111', '11111111']]],
  ['select ?::bytea', [Buffer.from(PAN)]],
  ['select ?::text || ?::text', ['41111111', '11111111']],
  ['select id from cards where pan = ?', [PAN]],
  ['insert into payments (id, card_id, note) values (?, 1, ?)', [1, PAN]],
  ['select ?? from cards', [PAN]],
  ['select 1 as ??', [PAN]],
]

describePostgres('card numbers', () => {
  let house: TestHouse
  const asked: ApprovalRequest[] = []
  beforeAll(async () => {
    house = await openHouse({
      approval: async request => {
        asked.push(request)
        return { decision: 'approved', approver: bob, reason: 'test' }
      },
    })
  })
  afterAll(() => house.close())

  test.each(SPELLINGS.map(([sql, bindings]) => ({ sql, bindings })))('$sql', async ({ sql, bindings }) => {
    const before = house.trail().length
    let answer: unknown
    try {
      const { rows, fields } = await (bindings === undefined
        ? house.db.raw(sql.replaceAll('?', '\\?'))
        : house.db.raw(sql, [...bindings] as never))
      answer = [rows, fields]
    } catch (error) {
      answer = error
    }
    expect(house.trail().length).toBeGreaterThan(before)
    for (const told of [answer, house.trail().slice(before), asked.splice(0)]) {
      expect(spellings(told)).not.toContain(PAN)
    }
  })
})

/** What a reader would find: as it is, without separators, in plain digits, and inside buffers. */
function spellings(told: unknown): string {
  const text = inspect(told, { depth: 12, showHidden: true, getters: true, maxStringLength: null })
  const folded = text.normalize('NFKC')
  const buffers = folded.replace(/<Buffer ([0-9a-f ]+)>/g, (_, bytes: string) =>
    Buffer.from(bytes.replaceAll(' ', ''), 'hex').toString('latin1'),
  )
  const found = [text, folded, buffers, buffers.replace(/[\s\-._\u200b]/gu, '')].join('\n')
  return found
    .replaceAll(hex, PAN)
    .replaceAll(base64, PAN)
    .replace(/4\.?1{15}[eE]1?5?/g, PAN)
}
