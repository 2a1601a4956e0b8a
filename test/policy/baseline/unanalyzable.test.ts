import { facts, unanalyzable } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/unanalyzable', {
  matches: {
    all: [
      ['a syntax error', unanalyzable()],
      ['an unknown relation', unanalyzable('unknown_relation')],
      ['a node that the lowering does not know', unanalyzable('unknown_node')],
      ['too long', unanalyzable('too_long')],
      ['no parser', unanalyzable('no_parser')],
      ['a code that nobody has heard of', unanalyzable('new_code')],
      ['by the driver', unanalyzable(), { issuer: 'driver' }],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['two statements', unanalyzable('multiple_statements')],
    ],
  },
})
