import { facts, unanalyzable } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/multiple-statements', {
  matches: { all: [['two statements', unanalyzable('multiple_statements')]] },
  passes: {
    all: [
      ['a syntax error', unanalyzable()],
      ['one statement', facts()],
    ],
  },
})
