import { facts, write } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/unscoped-write', {
  matches: {
    all: [
      ['no where-clause', write('delete', { scope: 'none' })],
      ['always true', write('update', { scope: 'tautology' })],
      ['open', write('delete', { scope: 'open' })],
      ['scope not established', write('delete')],
      [
        'one of two tables',
        facts({
          effects: [
            {
              kind: 'delete',
              verb: 'delete',
              scope: 'keyed',
              target: { schema: 'public', relation: 'payments' },
            },
            {
              kind: 'delete',
              verb: 'delete',
              scope: 'open',
              target: { schema: 'public', relation: 'cards' },
            },
          ],
          readOnly: false,
        }),
      ],
      [
        'inside a read',
        facts({
          effects: [
            { kind: 'select', verb: 'select' },
            { kind: 'delete', verb: 'delete', scope: 'none' },
          ],
        }),
      ],
      ['by the driver', write('delete', { scope: 'none' }), { issuer: 'driver' }],
    ],
    mysql: [
      [
        'rows that a replace removes and that no key bounds',
        facts({
          effects: [
            { kind: 'insert', verb: 'replace' },
            { kind: 'delete', verb: 'replace', scope: 'open' },
          ],
          readOnly: false,
        }),
      ],
    ],
  },
  passes: {
    all: [
      ['keyed', write('update', { scope: 'keyed' })],
      ['bounded', write('delete', { scope: 'bounded' })],
      ['an insert', write('insert')],
      ['a read', facts()],
    ],
  },
})
