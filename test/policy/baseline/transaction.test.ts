import { expect, test } from '@jest/globals'
import { facts, statement } from '../facts.js'
import { describeRule, judge } from './kit.js'

const byDriver = { issuer: 'driver' } as const

describeRule('pci/transaction', {
  matches: {
    all: ['begin', 'commit', 'rollback', 'savepoint', 'rollback to', 'release', 'set transaction'].map(
      verb => [verb, statement('transaction', verb), byDriver] as const,
    ),
  },
  passes: {
    all: [
      ['by the caller', statement('transaction', 'begin')],
      ['a read', facts(), byDriver],
      ['two-phase commit', statement('transaction', 'prepare transaction'), byDriver],
      ['nothing', facts({ effects: [] }), byDriver],
    ],
  },
})

test('what the driver opens and closes carries no limits, and its errors are redacted', async () => {
  const { obligations } = await judge(statement('transaction', 'commit'), byDriver)
  expect(obligations).toEqual({ mask: [], errors: 'redact', readOnly: false })
})
