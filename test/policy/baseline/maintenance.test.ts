import { facts, statement } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/maintenance', {
  matches: {
    all: [['analyze', statement('maintenance', 'analyze')]],
    postgres: [
      ['vacuum', statement('maintenance', 'vacuum')],
      ['alter system', statement('maintenance', 'alter system')],
    ],
    mysql: [
      ['flush', statement('maintenance', 'flush')],
      ['kill', statement('maintenance', 'kill')],
      ['optimize', statement('maintenance', 'optimize')],
      ['checksum', statement('maintenance', 'checksum')],
    ],
    sqlite: [
      ['vacuum', statement('maintenance', 'vacuum')],
      ['integrity check', statement('maintenance', 'pragma integrity_check')],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['explain', facts({ kind: 'explain', effects: [{ kind: 'explain', verb: 'explain' }] })],
    ],
  },
})
