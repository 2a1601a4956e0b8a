import { facts, statement } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/show-settings', {
  matches: { all: [['show', statement('session', 'show')]] },
  passes: {
    all: [
      ['names, types and keys', statement('session', 'show schema')],
      ['what the server tells every client', statement('session', 'show client setting')],
      ['set', statement('session', 'set')],
      ['a read', facts()],
    ],
  },
})
