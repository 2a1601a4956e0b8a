import { facts, statement } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/privilege', {
  matches: {
    all: [
      ['grant', statement('privilege', 'grant')],
      ['revoke', statement('privilege', 'revoke')],
    ],
    postgres: [['alter role', statement('privilege', 'alter role')]],
    mysql: [
      ['create user', statement('privilege', 'create user')],
      ['set password', statement('privilege', 'set password')],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['set', statement('session', 'set')],
      ['drop table', statement('ddl', 'drop table')],
    ],
  },
})
