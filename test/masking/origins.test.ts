import { describe, expect, test } from '@jest/globals'
import { createMasker } from '../../src/masking/create-masker.js'
import type { ColumnMask, Maskers } from '../../src/model/decision.js'
import type { Dialect } from '../../src/model/dialect.js'
import type { OutputColumn } from '../../src/model/lineage.js'
import { stricter } from '../../src/model/mask-order.js'
import { isRefusal } from '../../src/model/refusal.js'
import { type FieldOrigin, plainRows } from '../../src/model/result.js'
import { direct, executed, rows, table, VISA } from './support.js'

const relations = [
  table('cards', 100, { id: [], pan: ['pan'], cvv: ['sad'], note: [] }),
  table('people', 200, { id: [], ssn: ['ssn'] }),
  table('plain', 300, { id: [], name: [] }),
  table('card_view', 400, { id: [], pan: ['pan'], name: [] }, 'view'),
]
const none: OutputColumn = { name: 'c', lineage: { kind: 'none' } }

/** What becomes of a PAN in a column of this static mask and lineage whose driver reports this origin. */
function shown(
  origin: FieldOrigin,
  mask: ColumnMask,
  output: OutputColumn,
  dialect: Dialect = 'postgres',
  maskers?: Maskers,
): unknown {
  const result = rows([{ name: 'c', origin }], [VISA])
  const outcome = createMasker().mask(
    executed({ result, mask: [mask], output: [output], relations, dialect, ...(maskers && { maskers }) }),
  )
  if (isRefusal(outcome)) return outcome.code
  return 'rows' in outcome.result ? plainRows(outcome.result.rows)[0] : undefined
}
const keep: ColumnMask = { method: 'keep' }

describe('PostgreSQL', () => {
  const at = (tableId: number, columnNumber: number): FieldOrigin => ({ tableId, columnNumber })

  test.each<[string, FieldOrigin, ColumnMask, OutputColumn, unknown]>([
    ['a label that lineage missed masks', at(100, 2), keep, none, ['411111******1111']],
    ['another label redacts', at(200, 2), keep, none, ['[redacted]']],
    ['sensitive authentication data refuses', at(100, 3), keep, none, 'CARDEA_SENSITIVE_DATA'],
    [
      'and does not where nothing of it is shown',
      at(100, 3),
      { method: 'redact', label: 'sad' },
      none,
      ['[redacted]'],
    ],
    ['a stricter static mask stays', at(100, 2), { method: 'null', label: 'pan' }, none, [null]],
    [
      'an unmask that names the label stays',
      at(100, 2),
      { method: 'keep', label: 'pan' },
      direct('cards', 'pan', ['pan'], 'c'),
      [VISA],
    ],
    [
      'an unmask of another label does not',
      at(200, 2),
      { method: 'keep', label: 'email' },
      direct('people', 'ssn', [], 'c'),
      ['[redacted]'],
    ],
    ['agreement keeps what is unlabelled', at(100, 4), keep, direct('cards', 'note', [], 'c'), [VISA]],
    ['agreement holds after dropped columns', at(100, 9), keep, direct('cards', 'note', [], 'c'), [VISA]],
    [
      'the fourth column cannot have number 2',
      at(100, 2),
      keep,
      direct('cards', 'note', [], 'c'),
      ['411111******1111'],
    ],
    ['a whole row counts as all its columns', at(200, 0), keep, none, ['[redacted]']],
    ['the columns of a view are numbered exactly', at(400, 3), keep, none, [VISA]],
    ['and masked by number', at(400, 2), keep, none, ['411111******1111']],
    ['an unlabelled relation changes nothing', at(300, 2), keep, none, [VISA]],
    ['a relation that the catalog does not know refuses', at(999, 1), keep, none, 'CARDEA_RESULT_SHAPE'],
  ])('%s', (_name, origin, mask, output, expected) => {
    expect(shown(origin, mask, output)).toEqual(expected)
  })
})

test('PostgreSQL: a relation that the statement was not found to read refuses', () => {
  const result = rows([{ name: 'c', origin: { tableId: 300, columnNumber: 2 } }], [VISA])
  const given = { result, mask: [keep], output: [none], relations }
  const [cards] = relations
  expect(createMasker().mask(executed({ ...given, read: cards === undefined ? [] : [cards] }))).toMatchObject(
    {
      code: 'CARDEA_RESULT_SHAPE',
    },
  )
  expect(isRefusal(createMasker().mask(executed(given)))).toBe(false)
})

describe.each(['mysql', 'sqlite'] as const)('%s', dialect => {
  test.each<[FieldOrigin, unknown]>([
    [{ schema: 'public', relation: 'cards', column: 'pan' }, ['411111******1111']],
    [{ relation: 'CARDS', column: 'PAN' }, ['411111******1111']],
    [{ relation: 'people', column: 'ssn' }, ['[redacted]']],
    [{ relation: 'cards', column: 'cvv' }, 'CARDEA_SENSITIVE_DATA'],
    [{ schema: 'elsewhere', relation: 'cards', column: 'pan' }, [VISA]],
    [{ relation: 'plain', column: 'name' }, [VISA]],
    [{}, [VISA]],
  ])('origin %j', (origin, expected) => {
    expect(shown(origin, keep, none, dialect)).toEqual(expected)
  })

  test('never loosens', () => {
    const origin = { relation: 'plain', column: 'name' }
    expect(shown(origin, { method: 'redact', label: 'pan' }, none, dialect)).toEqual(['[redacted]'])
  })
})

/** All that a policy can say of a label. */
const METHODS: readonly ColumnMask[] = [
  { method: 'partial', label: 'pan' },
  { method: 'first8', label: 'pan' },
  { method: 'last4', label: 'pan' },
  { method: 'hash', label: 'pan' },
  { method: 'tokenise', label: 'pan' },
  { method: 'redact', label: 'pan' },
  { method: 'null', label: 'pan' },
]

describe.each([
  ['postgres', { tableId: 100, columnNumber: 2 }],
  ['mysql', { schema: 'public', relation: 'cards', column: 'pan' }],
  ['sqlite', { relation: 'cards', column: 'pan' }],
] as const)('by the policy: %s', (dialect, origin) => {
  test.each(METHODS)('a column that lineage missed comes out by $method', asked => {
    const maskers = new Map([['pan', asked]])
    const missed = shown(origin, { method: 'scan' }, none, dialect, maskers)
    expect(missed).toEqual(shown({}, asked, none, dialect, maskers))
    expect(shown(origin, keep, none, dialect, maskers)).toEqual(missed)
  })

  test.each(METHODS.flatMap(one => METHODS.map(other => [one, other] as const)))(
    'beside another label, the stricter of $0.method and $1.method',
    (one, other) => {
      const asked = { ...other, label: 'email' }
      const both = stricter(asked, one)
      expect(shown(origin, asked, none, dialect, new Map([['pan', one]]))).toEqual(
        shown({}, both, none, dialect),
      )
    },
  )

  test('a label that the policy keeps is looked at all the same', () => {
    const maskers: Maskers = new Map([['pan', { method: 'keep', label: 'pan' }]])
    expect(shown(origin, { method: 'scan' }, none, dialect, maskers)).toEqual(['411111******1111'])
  })
})

describe('a column of two labels that the policy shows', () => {
  const both = [table('both', 500, { id: [], value: ['pan', 'email'] })]
  const origin = { tableId: 500, columnNumber: 2 }
  const show = (labels: readonly string[]) => {
    const result = rows([{ name: 'c', origin }], [VISA])
    const output = [direct('both', 'value', labels, 'c')]
    const mask: readonly ColumnMask[] = [{ method: 'keep', label: 'pan' }]
    const outcome = createMasker().mask(executed({ result, mask, output, relations: both }))
    return 'result' in outcome && 'rows' in outcome.result ? plainRows(outcome.result.rows)[0] : outcome
  }

  test('stays shown where analysis knew both', () => {
    expect(show(['pan', 'email'])).toEqual([VISA])
  })

  test('and not where it knew one', () => {
    expect(show(['pan'])).toEqual(['[redacted]'])
  })
})
