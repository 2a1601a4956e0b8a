import { expect, test } from '@jest/globals'
import { definePolicy } from '../../../src/policy/define-policy.js'
import { policyEngine } from '../../../src/policy/engine.js'
import { brand, col, email, facts, id, input, out, pan, ssn, use, write } from '../facts.js'
import { describeRule, judge } from './kit.js'

describeRule('pci/masked-where-useless', {
  matches: {
    all: [
      ['pan like', facts({ columns: [use(pan, 'predicate', 'pattern')] })],
      ['pan in a range', facts({ columns: [use(pan, 'predicate', 'range')] })],
      ['pan in a computed comparison', facts({ columns: [use(pan, 'predicate', 'other')] })],
      ['a predicate of unknown kind', facts({ columns: [use(pan, 'predicate')] })],
      ['order by ssn', facts({ columns: [use(ssn, 'order')] })],
      ['group by pan', facts({ columns: [use(pan, 'group')] })],
      ['distinct pan', facts({ columns: [use(pan, 'distinct')] })],
      ['a window over pan', facts({ columns: [use(pan, 'window')] })],
      ['having max(pan)', facts({ columns: [use(pan, 'having', 'range')] })],
      ['an operation that can fail on pan', facts({ columns: [use(pan, 'fallible')] })],
      ['a join to something else', facts({ columns: [use(pan, 'join', 'equality-column')] })],
      [
        'a join to an unlabelled column',
        facts({
          columns: [
            { column: pan, use: 'join', comparison: 'equality-column', against: col('public.notes.body') },
          ],
        }),
      ],
      [
        'a join to a column with one of its labels',
        facts({
          columns: [
            {
              column: col('public.people.number', 'pan', 'ssn'),
              use: 'join',
              comparison: 'equality-column',
              against: pan,
            },
          ],
        }),
      ],
    ],
  },
  passes: {
    all: [
      ['pan = given value', facts({ columns: [use(pan, 'predicate', 'equality-constant')] })],
      ['pan is not null', facts({ columns: [use(pan, 'predicate', 'null-test')] })],
      ['pan in the output', facts({ columns: [use(pan, 'output')], output: [out('direct', pan)] })],
      ['pan written', { ...write('insert'), columns: [use(pan, 'assignment')] }],
      ['order by brand', facts({ columns: [use(brand, 'order')] })],
      ['a join on ids', facts({ columns: [use(id, 'join', 'equality-column')] })],
      [
        'a join of two columns with the same label',
        facts({
          columns: [
            {
              column: pan,
              use: 'join',
              comparison: 'equality-column',
              against: col('public.archive.pan', 'pan'),
            },
            {
              column: col('public.archive.pan', 'pan'),
              use: 'join',
              comparison: 'equality-column',
              against: pan,
            },
          ],
        }),
      ],
    ],
  },
})

test('a label that the policy shows as it is needs no hiding', async () => {
  const kept = policyEngine(definePolicy({ version: 1, extends: 'pci-baseline', maskers: { email: 'keep' } }))
  const about = facts({ columns: [use(email, 'order'), use(email, 'predicate', 'equality-constant')] })
  expect((await kept.evaluate(input(about))).effect).toBe('allow')
  expect((await judge(about)).effect).toBe('deny')
})
