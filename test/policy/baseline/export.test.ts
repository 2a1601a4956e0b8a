import { facts, statement, write } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/export', {
  matches: {
    postgres: [
      ['copy to', statement('export', 'copy to')],
      ['select into', statement('export', 'select into')],
      ['create table as', statement('export', 'create table as')],
    ],
    mysql: [
      ['into outfile', statement('export', 'select into outfile')],
      ['into a variable', statement('export', 'select into variable')],
      ['create table as', statement('export', 'create table as')],
    ],
    sqlite: [
      ['vacuum into', statement('export', 'vacuum into')],
      ['create table as', statement('export', 'create table as')],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['an insert from a read', write('insert')],
      ['an import', statement('import', 'load data')],
    ],
  },
})
