import { expect, test } from '@jest/globals'
import { bare, brand, facts, id, out, pan, ssn, statement, unanalyzable, use, write } from '../facts.js'
import { DIALECTS, describeRule, judge } from './kit.js'

describeRule('pci/read', {
  matches: {
    all: [
      ['select of unlabelled columns', facts({ columns: [use(id, 'output')], output: [out('direct', id)] })],
      ['count(*)', facts({ output: [bare({ kind: 'aggregate', sources: [] })] })],
      ['count(pan)', facts({ columns: [use(pan, 'output')], output: [out('aggregate', pan)] })],
      ['group by brand', facts({ columns: [use(brand, 'group')], output: [out('direct', brand)] })],
      ['order by brand', facts({ columns: [use(brand, 'order')], output: [out('direct', brand)] })],
      [
        'lookup by id',
        facts({ columns: [use(id, 'predicate', 'equality-constant')], output: [out('direct', brand)] }),
      ],
      [
        'a labelled column in the output',
        facts({ columns: [use(ssn, 'output')], output: [out('direct', ssn)] }),
      ],
      [
        'explain of a select',
        facts({
          kind: 'explain',
          effects: [
            { kind: 'explain', verb: 'explain' },
            { kind: 'select', verb: 'select' },
          ],
        }),
      ],
      ['reviewed functions', facts({ functions: [{ name: 'lower', standing: 'listed' }] })],
      ['show schema', statement('session', 'show schema')],
      ['show client setting', statement('session', 'show client setting')],
    ],
  },
  passes: {
    all: [
      ['nothing that it does', facts({ effects: [] })],
      ['an insert', write('insert')],
      [
        'a delete beside the read',
        facts({
          effects: [
            { kind: 'select', verb: 'select' },
            { kind: 'delete', verb: 'delete', scope: 'keyed' },
          ],
        }),
      ],
      [
        'explain of a delete',
        facts({
          kind: 'explain',
          effects: [
            { kind: 'explain', verb: 'explain' },
            { kind: 'delete', verb: 'delete', scope: 'keyed' },
          ],
        }),
      ],
      ['show of anything else', statement('session', 'show')],
      ['an output of unknown origin', facts({ output: [bare({ kind: 'unknown', why: 'a record' })] })],
      ['not understood', unanalyzable()],
    ],
  },
})

test.each(DIALECTS.map(dialect => [dialect]))(
  'on %s a plain read is allowed, with its limits',
  async dialect => {
    const verdict = await judge(facts({ dialect, columns: [use(id, 'output')], output: [out('direct', id)] }))
    expect(verdict).toMatchObject({ effect: 'allow', rule: 'pci/read' })
    expect(verdict.obligations).toMatchObject({ readOnly: true, mask: [{ method: 'scan' }] })
  },
)
