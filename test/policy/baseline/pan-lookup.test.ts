import { email, facts, id, pan, use } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/pan-lookup', {
  matches: {
    all: [
      ['pan = given value', facts({ columns: [use(pan, 'predicate', 'equality-constant')] })],
      ['in the condition of a join', facts({ columns: [use(pan, 'join', 'equality-constant')] })],
    ],
  },
  passes: {
    all: [
      ['email = given value', facts({ columns: [use(email, 'predicate', 'equality-constant')] })],
      ['id = given value', facts({ columns: [use(id, 'predicate', 'equality-constant')] })],
      ['pan is null', facts({ columns: [use(pan, 'predicate', 'null-test')] })],
    ],
  },
})
