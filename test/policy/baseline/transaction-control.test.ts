import { facts, statement } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/transaction-control', {
  matches: {
    all: [
      ['commit by the caller', statement('transaction', 'commit')],
      [
        'begin inside a read',
        facts({
          effects: [
            { kind: 'select', verb: 'select' },
            { kind: 'transaction', verb: 'begin' },
          ],
        }),
      ],
      [
        'a verb that is not plain, by the driver',
        statement('transaction', 'begin and more'),
        { issuer: 'driver' },
      ],
    ],
    postgres: [
      [
        'two-phase commit, even by the driver',
        statement('transaction', 'prepare transaction'),
        { issuer: 'driver' },
      ],
      [
        'set constraints, even by the driver',
        statement('transaction', 'set constraints'),
        { issuer: 'driver' },
      ],
    ],
    mysql: [
      ['xa, even by the driver', statement('transaction', 'xa'), { issuer: 'driver' }],
      ['lock tables, even by the driver', statement('transaction', 'lock tables'), { issuer: 'driver' }],
    ],
    sqlite: [['begin by the caller', statement('transaction', 'begin')]],
  },
  passes: {
    all: [
      ['a read', facts()],
      ...['begin', 'commit', 'rollback', 'savepoint', 'release', 'rollback to'].map(
        verb => [`${verb} by the driver`, statement('transaction', verb), { issuer: 'driver' }] as const,
      ),
    ],
    mysql: [
      [
        'start transaction by the driver',
        statement('transaction', 'start transaction'),
        { issuer: 'driver' },
      ],
      [
        'release savepoint by the driver',
        statement('transaction', 'release savepoint'),
        { issuer: 'driver' },
      ],
    ],
  },
})
