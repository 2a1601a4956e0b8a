import { facts, statement, write } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/import', {
  matches: {
    postgres: [['copy from', statement('import', 'copy from')]],
    mysql: [
      ['load data', statement('import', 'load data')],
      ['load xml', statement('import', 'load xml')],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['an insert', write('insert')],
      ['an export', statement('export', 'copy to')],
    ],
  },
})
