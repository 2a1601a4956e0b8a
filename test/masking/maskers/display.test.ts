/** What of a PAN is shown and what is kept: by brand, by length, and together (PCI DSS 3.4.1, 3.5.1; PCI SSC FAQ 1091, 1117). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { firstEight, lastFour, partial, storedForm, truncated } from '../../../src/masking/formats.js'
import { createScrubber } from '../../../src/masking/scrubber.js'
import { rawClient } from '../../enforcement/postgres/cells/raw-rows.js'
import { openWire, type Wire } from '../../enforcement/postgres/kit.js'
import { cellsOf } from '../../enforcement/postgres/rows/frames.js'
import { describePostgres } from '../../support/databases.js'
import { BRANDS, type Card, card } from '../generated/cards.js'
import { Random } from '../generated/random.js'
import { AMEX, MASTERCARD, VISA } from '../support.js'

const cards: fc.Arbitrary<Card> = fc.integer().map(seed => card(new Random(seed), BRANDS))
const LONG = '6212348977359580003'
/** Of the table of FAQ 1091. */
const PERMITTED = ['visa', 'mastercard', 'discover', 'jcb', 'unionpay']
/** Brands that share ranges with others, as issuers do. */
const SHARED = /^(?:6011|65|81|353|356|357|401178|438935|451416|62[27])/

/** Positions of the digits that are shown. */
const seen = (text: string): number[] => [...text].flatMap((char, at) => (/\d/.test(char) ? [at] : []))
const FORMATS = {
  firstEight,
  partial,
  lastFour: (text: string) => lastFour(text, true),
  truncated,
  storedForm,
}

describe('first8', () => {
  test.each([
    [VISA, '41111111****1111'],
    ['4111-1111 1111/1111', '41111111****1111'],
    [MASTERCARD, '55555555****4444'],
    ['3528000000000007', '35280000****0007'],
    ['6011000990139424', '60110009****9424'],
    ['6200000000000005', '62000000****0005'],
    [AMEX, '378282*****0005'],
    ['4222222222222', '422222***2222'],
    [LONG, '621234*********0003'],
    ['30569309025904', '305693****5904'],
    // Maestro, Mir, and a range that JCB shares with RuPay.
    ['5018000000000009', '501800******0009'],
    ['2200000000000004', '220000******0004'],
    ['3530111333300000', '353011******0000'],
    ['4111111111111112', '[redacted]'],
    [`${VISA} 12/27`, '[redacted]'],
    ['', '[redacted]'],
    ['41111111****1111', '41111111****1111'],
    ['35301113****0000', '353011******0000'],
    ['411111******1111', '411111******1111'],
    ['************1111', '************1111'],
  ])('%s: %s', (value, shown) => {
    expect(firstEight(value)).toBe(shown)
  })

  test('shows what the brand permits at most, and never more than the last four beside it', () => {
    fc.assert(
      fc.property(cards, ({ brand, pan }) => {
        const shown = firstEight(pan)
        const eight = /^\d{8}\*{4}\d{4}$/.test(shown)
        if (!eight) expect(shown).toBe(truncated(pan))
        if (eight) expect(pan).toHaveLength(16)
        if (eight && !PERMITTED.includes(brand)) expect(pan).toMatch(SHARED)
        if (!eight && pan.length === 16 && PERMITTED.includes(brand)) expect(pan).toMatch(/^353/)
      }),
      { numRuns: 2_000 },
    )
  })
})

test('two forms of one PAN say together what the longer of them says', () => {
  const format = fc.constantFrom(...Object.values(FORMATS))
  fc.assert(
    fc.property(cards, format, format, ({ pan }, one, other) => {
      const [first, second] = [one(firstEight(pan)), other(firstEight(pan))].map(seen)
      const together = new Set([...(first ?? []), ...(second ?? [])])
      expect(together.size).toBe(Math.max(first?.length ?? 0, second?.length ?? 0))
      expect(seen(storedForm(firstEight(pan)))).toEqual(seen(partial(pan)))
      expect(partial(firstEight(pan))).toBe(partial(pan))
      expect(lastFour(firstEight(pan), true)).toBe(lastFour(pan, true))
    }),
  )
})

test('the scrubber of records keeps the shorter form, wherever the longer one stands', () => {
  const { text, clears, binding, statement } = createScrubber()
  const long = 'seen 41111111****1111, 55555555****4444.'
  const short = 'seen 411111******1111, 555555******4444.'
  expect(text(long)).toBe(short)
  expect(binding(long, 'open')).toBe(short)
  expect(binding('41111111****1111', 'sealed')).toBe('411111******1111')
  expect(statement(`select '${long}'`, 'postgres', 'open')).toBe(`select '${short}'`)
  for (const held of [long, '41111111****1111', `"a":"41111111****1111"`]) {
    expect(clears?.(Buffer.from(held), 0, held.length)).toBe(false)
  }
  expect(text('241111111****11112')).toBe('241111111****11112')
})

const POLICY = `
version: 1
labels: [{ column: '*.cards.pan', label: pan }, { column: '*.cards.code', label: pan }]
maskers: { pan: first8 }
rules: [{ id: all, effect: allow }]
`
const TABLES = `
create table cards (id int primary key, pan text, code bigint);
insert into cards values (1, '${VISA}', ${MASTERCARD}), (2, '${AMEX}', 4222222222222), (3, 'no card', null);
`
const SHOWN = [
  ['41111111****1111', '55555555****4444'],
  ['378282*****0005', '422222***2222'],
  ['[redacted]', null],
]

describePostgres('a policy that shows eight digits', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire({ policy: POLICY, tables: TABLES })
  }, 60_000)
  afterAll(() => wire.close())
  const select = 'select pan, code from cards order by id'

  test('in process and at the door the caller sees them', async () => {
    const ada = wire.governed.as({ subject: 'ada', issuer: 'https://login.corp.example' })
    const { rows } = (await ada.raw(select)) as { rows: Record<string, unknown>[] }
    expect(rows.map(row => Object.values(row))).toEqual(SHOWN)
    await ada.raw('select ? as seen', ['41111111****1111'])
    const client = await wire.connect()
    expect((await client.query({ text: select, rowMode: 'array' })).rows).toEqual(SHOWN)
    await client.end()
    for (const format of ['text', 'binary'] as const) {
      const raw = await rawClient(`postgres://bot:any@127.0.0.1:${wire.port}/billing`)
      const { rows: cells } = await raw.query(select, format)
      raw.end()
      expect(cells.flatMap(cellsOf).map(row => row.map(cell => cell?.toString() ?? null))).toEqual(SHOWN)
    }
  })

  test('the trail holds six and four', () => {
    const trail = wire.trail()
    expect(trail).not.toMatch(/\d{8}\*{4}\d{4}/)
    expect(trail.match(/411111\*{6}1111/g)?.length).toBeGreaterThanOrEqual(4)
    expect(trail.match(/555555\*{6}4444/g)?.length).toBeGreaterThanOrEqual(4)
    expect(trail).toContain('378282*****0005')
  })
})
