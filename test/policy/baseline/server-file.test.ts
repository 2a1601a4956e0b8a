import { facts, pan, statement } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/server-file', {
  matches: {
    all: [['protected data into a file', facts({ flows: [{ from: pan, to: 'file', labels: ['pan'] }] })]],
    postgres: [
      ['copy to program', statement('export', 'copy to program')],
      ['copy to file', statement('export', 'copy to file')],
      ['copy from file', statement('import', 'copy from file')],
    ],
    mysql: [
      ['into outfile', statement('export', 'select into outfile')],
      ['into dumpfile', statement('export', 'select into dumpfile')],
      ['load data', statement('import', 'load data')],
      ['load xml', statement('import', 'load xml')],
    ],
    sqlite: [
      ['vacuum into', statement('export', 'vacuum into')],
      ['attach', statement('session', 'attach')],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['a read whose verb names a file', facts({ effects: [{ kind: 'select', verb: 'select file' }] })],
    ],
    postgres: [['copy to the client', statement('export', 'copy to')]],
    mysql: [['into a variable', statement('export', 'select into variable')]],
    sqlite: [['vacuum', statement('maintenance', 'vacuum')]],
  },
})
