import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type FactsOf, loadFacts } from './kit.js'

let factsOf: FactsOf
beforeAll(async () => {
  factsOf = await loadFacts()
})

function scopeOf(condition: string, table = 'payments'): string {
  const facts = factsOf(`delete from ${table} ${condition}`)
  if (!facts.analyzable) return facts.code
  const [effect] = facts.effects
  return [effect?.scope, effect?.maxRows].filter(part => part !== undefined).join(' ')
}

describe('how many rows a DELETE reaches', () => {
  test.each([
    ['', 'none'],
    ['where true', 'tautology'],
    ["where 't'", 'tautology'],
    ['where 1 = 1', 'tautology'],
    ["where 'a' = 'a'", 'tautology'],
    ['where 2 > 1', 'tautology'],
    ['where 1 <> 2', 'tautology'],
    ["where 'a' <> 'b'", 'tautology'],
    ['where 1 in (1, 2)', 'tautology'],
    ['where not false', 'tautology'],
    ['where (1 = 1) is true', 'tautology'],
    ['where null is null', 'tautology'],
    ['where 1 is not null', 'tautology'],
    ['where true::bool', 'tautology'],
    ["where 'yes'::boolean", 'tautology'],
    ['where id = id', 'tautology'],
    ['where payments.id = payments.id', 'tautology'],
    ['where id <= id', 'tautology'],
    ['where id in (id)', 'tautology'],
    ["where note like '%'", 'tautology'],
    ['where id is not null', 'tautology'],
    ['where note is null or note is not null', 'tautology'],
    ['where id = 5 or id <> 5', 'tautology'],
    ['where id = 5 or not (id = 5)', 'tautology'],
    ['where id = 5 or 1 = 1', 'tautology'],
    ['where id = 5 or true', 'tautology'],
    ["where true and (1 = 1 or note = 'x')", 'tautology'],
    ['where id = 1', 'keyed 1'],
    ['where 1 = id', 'keyed 1'],
    ['where id = $1', 'keyed 1'],
    ['where id = -1', 'keyed 1'],
    ["where id = '1'::int", 'keyed 1'],
    ['where id in (1, 2, $1)', 'keyed 3'],
    ['where id = any(array[1, 2])', 'keyed 2'],
    ['where id = any($1)', 'keyed'],
    ["where id = 1 and status = 'x'", 'keyed 1'],
    ['where id = 1 and amount > 0', 'keyed 1'],
    ['where id = 1 and true', 'keyed 1'],
    ['where id = 1 or id = 2', 'keyed 2'],
    ["where status = 'x' and (id = 1 or id = 2)", 'keyed 2'],
    ['where (id, status) = (1, $1)', 'keyed 1'],
    ['where (id, status) in ((1, $1), (2, $2))', 'keyed 2'],
    ["where status = 'x'", 'bounded'],
    ["where status in ('x', $1)", 'bounded'],
    ["where id = 1 or status = 'x'", 'bounded'],
    ['where false', 'bounded 0'],
    ['where 1 = 2', 'bounded 0'],
    ['where id <> id', 'bounded 0'],
    ['where id is null', 'bounded 0'],
    ['where id > 0', 'open'],
    ['where id <> 5', 'open'],
    ['where not (id = 1)', 'open'],
    ['where id = 1 or id > 2', 'open'],
    ["where note like 'x%'", 'open'],
    ['where id + 0 = 1', 'open'],
    ['where id::text = $1', 'open'],
    ['where abs(id) = 1', 'open'],
    ['where id = id + 0', 'open'],
    ['where id = abs(1)', 'open'],
    ['where id = (select 1)', 'open'],
    ['where id in (select id from payments)', 'open'],
    ['where exists (select 1)', 'open'],
    ['where $1', 'open'],
    ['where $1 = $1', 'open'],
    ['where $1 = $2', 'open'],
    ['where coalesce(true, false)', 'open'],
    ['where random() < 2', 'open'],
    ['where ctid is not null', 'open'],
    ['where current of c', 'open'],
    ['where id is not distinct from id', 'tautology'],
    ['where id is distinct from null', 'open'],
    ['where 1 is distinct from 2', 'tautology'],
    ['where null is not distinct from null', 'tautology'],
    ['where null', 'open'],
    // Only the server knows these; a wrong "never true" would let them pass for narrow ones.
    ["where 'a' < 'B'", 'open'],
    ["where '1'::numeric = '1.0'::numeric", 'open'],
    ["where 'A'::citext = 'a'::citext", 'open'],
    ['where 1.00000000000000000000001 <> 1', 'open'],
    ['where 1.50 <> 1.5', 'open'],
    ['where 9007199254740993 <> 9007199254740992', 'open'],
    ['using cards where cards.id = 1', 'open'],
    ['using cards where payments.card_id = cards.id', 'open'],
    ['using cards where payments.id = 1 and payments.card_id = cards.id', 'keyed 1'],
    ['using cards c where card_id = 1 and c.id = card_id', 'bounded'],
    ['p using payments q where q.id = 1', 'open'],
    ['p using payments q where p.id = 1', 'keyed 1'],
  ])('%s: %s', (condition, expected) => {
    expect(scopeOf(condition)).toBe(expected)
  })

  test.each([
    ['where row = 1', 'bounded'],
    ['where row = 1 and seat = 2', 'keyed 1'],
    ['where row in (1, 2) and seat in (3, 4, 5)', 'keyed 6'],
    ['where (row, seat) in ((1, 2), (3, 4))', 'keyed 2'],
  ])('a key of two columns: %s: %s', (condition, expected) => {
    expect(scopeOf(condition, 'seats')).toBe(expected)
  })

  test('a table without a key is bounded at best', () => {
    expect(scopeOf('where id = 1', 'vault.archive')).toBe('bounded')
  })

  test('UPDATE is judged alike', () => {
    expect(factsOf('update payments set note = $1 where id = 1')).toMatchObject({
      effects: [{ scope: 'keyed', maxRows: 1 }],
    })
    expect(factsOf('update payments set note = $1')).toMatchObject({ effects: [{ scope: 'none' }] })
  })

  test('adding OR TRUE to any condition never leaves it narrow', () => {
    const atom = fc.constantFrom(
      'id = 1',
      "status = 'x'",
      'id in (1, 2)',
      'note is null',
      'amount > 1',
      'false',
    )
    const condition = fc.letrec<{ tree: string }>(tie => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc.tuple(tie('tree'), fc.constantFrom('and', 'or'), tie('tree')).map(parts => `(${parts.join(' ')})`),
      ),
    })).tree
    fc.assert(
      fc.property(
        condition,
        fc.constantFrom('true', '1 = 1', 'id = id', 'note is null or note is not null'),
        (tree, truth) => {
          expect(scopeOf(`where ${tree} or ${truth}`)).toBe('tautology')
        },
      ),
    )
  })
})
