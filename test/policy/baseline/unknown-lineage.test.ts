import { bare, facts, id, out } from '../facts.js'
import { describeRule } from './kit.js'

describeRule('pci/unknown-lineage', {
  matches: {
    all: [
      ['an output of unknown origin', facts({ output: [bare({ kind: 'unknown', why: 'a record' })] })],
      [
        'the second of two',
        facts({ output: [out('direct', id), bare({ kind: 'unknown', why: 'a function' })] }),
      ],
    ],
  },
  passes: {
    all: [
      ['no column', facts({ output: [bare()] })],
      ['computed', facts({ output: [out('derived', id)] })],
    ],
  },
})
