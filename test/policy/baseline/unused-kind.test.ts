import { facts, statement } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/unused-kind', {
  matches: {
    postgres: [
      ['listen', statement('notification', 'listen')],
      ['notify', statement('notification', 'notify')],
      ['declare', statement('cursor', 'declare')],
      ['fetch', statement('cursor', 'fetch')],
    ],
    mysql: [['handler', statement('cursor', 'handler')]],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['set', statement('session', 'set')],
    ],
  },
})
