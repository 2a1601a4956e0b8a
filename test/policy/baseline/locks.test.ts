import { facts, write } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/locks', {
  matches: {
    postgres: [
      ['for update', facts({ locks: ['for update'] })],
      ['lock table', facts({ locks: ['lock table'] })],
    ],
    mysql: [
      ['for update', facts({ locks: ['for update'] })],
      ['lock in share mode', facts({ locks: ['lock in share mode'] })],
      ['lock tables', facts({ locks: ['lock tables'] })],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['a keyed update', write('update', { scope: 'keyed' })],
    ],
  },
})
