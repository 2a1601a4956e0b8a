import { facts, statement, write } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/ddl', {
  matches: {
    all: [
      ['create table', statement('ddl', 'create table')],
      ['drop table', statement('ddl', 'drop table')],
      [
        'create table beside a read',
        facts({
          effects: [
            { kind: 'select', verb: 'select' },
            { kind: 'ddl', verb: 'create table' },
          ],
        }),
      ],
      ['by the driver', statement('ddl', 'alter table'), { issuer: 'driver' }],
    ],
    postgres: [['comment', statement('ddl', 'comment')]],
    mysql: [
      ['truncate', statement('ddl', 'truncate table')],
      ['install plugin', statement('ddl', 'install plugin')],
    ],
    sqlite: [
      ['create virtual table', statement('ddl', 'create virtual table')],
      ['create trigger', statement('ddl', 'create trigger')],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['an insert', write('insert')],
      ['show schema', statement('session', 'show schema')],
    ],
  },
})
