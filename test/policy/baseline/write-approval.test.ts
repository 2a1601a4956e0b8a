import { expect, test } from '@jest/globals'
import { facts, out, pan, statement, use, write } from '../facts.js'
import { describeRule, judge, relation } from './kit.js'

describeRule('pci/write-approval', {
  matches: {
    all: [
      ['insert', write('insert')],
      ['insert of a pan', { ...write('insert'), columns: [use(pan, 'assignment')] }],
      ['keyed update', write('update', { scope: 'keyed' })],
      ['bounded delete', write('delete', { scope: 'bounded' })],
      [
        'a keyed delete inside a select',
        facts({
          effects: [
            { kind: 'select', verb: 'select' },
            { kind: 'delete', verb: 'delete', scope: 'keyed' },
          ],
          readOnly: false,
        }),
      ],
    ],
    postgres: [['merge', write('merge')]],
    mysql: [
      [
        'replace',
        facts({
          effects: [
            { kind: 'insert', verb: 'replace' },
            { kind: 'delete', verb: 'replace', scope: 'keyed' },
          ],
          readOnly: false,
        }),
      ],
    ],
  },
  passes: {
    all: [
      ['a read', facts()],
      ['drop table', statement('ddl', 'drop table')],
      ['commit', statement('transaction', 'commit')],
    ],
  },
})

test('insert returning pan is a pan output as well', async () => {
  const about = { ...write('insert'), columns: [use(pan, 'returning')], output: [out('direct', pan)] }
  const { effect, trace } = await judge(about)
  expect(effect).toBe('require_approval')
  expect(trace.map(entry => entry.rule)).toEqual(['pci/write-approval', 'pci/pan-output'])
})

test('triggers and rules of the table written are named, and refuse nothing', async () => {
  const relations = [{ ...relation('public.cards', 'write', false), reacts: true as const }]
  const { effect, trace } = await judge({ ...write('update', { scope: 'keyed' }), relations })
  expect(effect).toBe('require_approval')
  expect(trace[0]?.because).toBe('update on public.cards, whose triggers or rules may write more')
})
