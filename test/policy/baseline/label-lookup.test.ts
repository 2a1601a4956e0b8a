import { col, email, facts, id, out, pan, ssn, use } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/label-lookup', {
  matches: {
    all: [
      ['email = given value', facts({ columns: [use(email, 'predicate', 'equality-constant')] })],
      ['ssn = given value', facts({ columns: [use(ssn, 'predicate', 'equality-constant')] })],
      [
        'a label of the author’s own',
        facts({ columns: [use(col('public.staff.badge', 'badge'), 'predicate', 'equality-constant')] }),
      ],
    ],
  },
  passes: {
    all: [
      ['pan = given value', facts({ columns: [use(pan, 'predicate', 'equality-constant')] })],
      ['email in the output', facts({ columns: [use(email, 'output')], output: [out('direct', email)] })],
      ['id = given value', facts({ columns: [use(id, 'predicate', 'equality-constant')] })],
    ],
  },
})
