import { facts, statement } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/procedural', {
  matches: {
    postgres: [
      ['do', statement('procedural', 'do')],
      ['call', statement('procedural', 'call')],
    ],
    mysql: [
      ['do', statement('procedural', 'do')],
      ['call', statement('procedural', 'call')],
      ['prepare', statement('procedural', 'prepare')],
      ['execute immediate', statement('procedural', 'execute immediate')],
      ['begin not atomic', statement('procedural', 'begin not atomic')],
      ['signal', statement('procedural', 'signal')],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['begin', statement('transaction', 'begin')],
    ],
  },
})
