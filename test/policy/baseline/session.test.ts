import { facts, statement } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/session', {
  matches: {
    all: [
      ['set', statement('session', 'set')],
      ['by the driver', statement('session', 'set'), { issuer: 'driver' }],
    ],
    postgres: [
      ['reset', statement('session', 'reset')],
      ['set role', statement('session', 'set role')],
    ],
    mysql: [
      ['use', statement('session', 'use')],
      ['set names', statement('session', 'set names')],
      ['help', statement('session', 'help')],
    ],
    sqlite: [
      ['attach', statement('session', 'attach')],
      ['detach', statement('session', 'detach')],
      ['set pragma', statement('session', 'set pragma')],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['show schema', statement('session', 'show schema')],
      ['show client setting', statement('session', 'show client setting')],
      ['show', statement('session', 'show')],
      ['maintenance', statement('maintenance', 'vacuum')],
    ],
  },
})
