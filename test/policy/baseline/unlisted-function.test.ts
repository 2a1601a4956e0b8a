import { expect, test } from '@jest/globals'
import { facts } from '../facts.js'
import { describeRule, judge } from './kit.js'

describeRule('pci/unlisted-function', {
  matches: {
    all: [
      ['a user-defined function', facts({ functions: [{ name: 'billing.fee', standing: 'user' }] })],
      ['a function that acts', facts({ functions: [{ name: 'nextval', standing: 'volatile' }] })],
      ['one that nobody has reviewed', facts({ functions: [{ name: 'made_up', standing: 'unlisted' }] })],
      ['an operator of the user’s', facts({ functions: [{ name: 'operator ===', standing: 'user' }] })],
    ],
    postgres: [['pg_sleep', facts({ functions: [{ name: 'pg_sleep', standing: 'volatile' }] })]],
    mysql: [
      ['load_file', facts({ functions: [{ name: 'load_file', standing: 'unlisted' }] })],
      ['a user variable', facts({ functions: [{ name: 'user variable', standing: 'unlisted' }] })],
    ],
    sqlite: [['load_extension', facts({ functions: [{ name: 'load_extension', standing: 'unlisted' }] })]],
  },
  passes: {
    all: [
      ['reviewed functions', facts({ functions: [{ name: 'lower', standing: 'listed' }] })],
      ['none', facts()],
    ],
  },
})

test.each([
  [{ name: 'billing.fee', standing: 'user' }, 'function billing.fee (user-defined)'],
  [{ name: 'made_up', standing: 'unlisted' }, 'function made_up (not reviewed)'],
  [
    { name: 'sleep', standing: 'unlisted', because: 'it holds up the server' },
    'function sleep (not reviewed): it holds up the server',
  ],
  [{ name: 'cast to fancy', standing: 'unlisted' }, 'cast to fancy (not reviewed)'],
  [{ name: 'operator ===', standing: 'user' }, 'operator === (user-defined)'],
] as const)('%j is refused because: %s', async (used, because) => {
  const { trace } = await judge(facts({ functions: [used] }))
  expect(trace[0]).toEqual({ rule: 'pci/unlisted-function', effect: 'deny', because })
})
