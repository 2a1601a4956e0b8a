import { expect, test } from '@jest/globals'
import { cvv, facts, out, pan, use, write } from '../facts.js'
import { describeRule, judge } from './kit.js'

describeRule('pci/sad', {
  matches: {
    all: [
      ['cvv in the output', facts({ output: [out('direct', cvv)] })],
      ['something computed from cvv', facts({ output: [out('derived', cvv)] })],
      ['cvv = given value', facts({ columns: [use(cvv, 'predicate', 'equality-constant')] })],
      ['order by cvv', facts({ columns: [use(cvv, 'order')] })],
      ['an operation that can fail on cvv', facts({ columns: [use(cvv, 'fallible')] })],
      ['cvv written', { ...write('insert'), columns: [use(cvv, 'assignment')] }],
      ['cvv copied', { ...write('insert'), flows: [{ from: cvv, to: 'public.safe.cvv', labels: ['sad'] }] }],
      ['cvv into a variable', facts({ flows: [{ from: cvv, to: 'session', labels: ['sad'] }] })],
    ],
  },
  passes: {
    all: [
      ['count(cvv)', facts({ columns: [use(cvv, 'output')], output: [out('aggregate', cvv)] })],
      ['cvv is null', facts({ columns: [use(cvv, 'predicate', 'null-test')] })],
      ['a pan', facts({ output: [out('direct', pan)] })],
      ['a read', facts()],
    ],
  },
})

test('sensitive authentication data is the business of one rule', async () => {
  const { trace } = await judge(facts({ columns: [use(cvv, 'order')] }))
  expect(trace.filter(entry => entry.effect === 'deny').map(entry => entry.rule)).toEqual(['pci/sad'])
})
