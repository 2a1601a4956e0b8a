import { expect, test } from '@jest/globals'
import { facts, id, out, pan, ssn, use, write } from '../facts.js'
import { describeRule, judge } from './kit.js'

describeRule('pci/pan-output', {
  matches: {
    all: [
      ['pan', facts({ columns: [use(pan, 'output')], output: [out('direct', id), out('direct', pan)] })],
      ['something computed from pan', facts({ output: [out('derived', pan)] })],
      [
        'returned by a write',
        { ...write('insert'), columns: [use(pan, 'returning')], output: [out('direct', pan)] },
      ],
    ],
  },
  passes: {
    all: [
      ['count(pan)', facts({ output: [out('aggregate', pan)] })],
      ['ssn', facts({ output: [out('direct', ssn)] })],
      ['pan written, not returned', { ...write('insert'), columns: [use(pan, 'assignment')] }],
    ],
  },
})

test('a pan comes back in part, what is computed from it not at all', async () => {
  const { obligations } = await judge(
    facts({ output: [out('direct', pan), out('derived', pan), out('direct', id)] }),
  )
  expect(obligations.mask).toEqual([
    { method: 'partial', label: 'pan' },
    { method: 'redact', label: 'pan' },
    { method: 'scan' },
  ])
})
