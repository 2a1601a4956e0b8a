/** What `cardea explain` prints: rule and fact, in words, on every dialect. */
import { expect, test } from '@jest/globals'
import type { Dialect } from '../../src/model/dialect.js'
import type { AnalyzedFacts } from '../../src/model/facts.js'
import { explainText } from '../../src/policy/explain-text.js'
import { judge } from './baseline/kit.js'
import { bare, facts, out, pan, write } from './facts.js'

async function explained(about: AnalyzedFacts): Promise<string> {
  const verdict = await judge(about)
  return explainText({ facts: about, decision: { ...verdict, id: 'd1', policyHash: 'h' } }).join('\n')
}

const dialects: [Dialect][] = [['postgres'], ['mysql'], ['sqlite']]

test.each(dialects)('%s: a refused function is named with the reason for it', async dialect => {
  const functions = [{ name: 'f', standing: 'unlisted', because: 'it reads files of the server' }] as const
  const text = await explained(facts({ dialect, functions, output: [bare()] }))
  expect(text).toContain('DENY by rule pci/unlisted-function')
  expect(text).toContain('function f (not reviewed): it reads files of the server')
  expect(text).toContain('functions not reviewed: f (it reads files of the server)')
})

test.each(dialects)('%s: a write names its scope and what else may be written', async dialect => {
  const relations = [
    { schema: 'public', relation: 'cards', access: 'write', system: false, reacts: true },
  ] as const
  const text = await explained({ ...write('update', { scope: 'keyed' }), dialect, relations })
  expect(text).toContain('REQUIRE APPROVAL by rule pci/write-approval')
  expect(text).toContain('effects: update on public.cards, scope keyed')
  expect(text).toContain('writes public.cards (has triggers or rules)')
})

test('rows that a replace removes are an effect of their own', async () => {
  const target = { schema: 'main', relation: 'cards' }
  const effects = [
    { kind: 'insert', verb: 'replace', target },
    { kind: 'delete', verb: 'replace', target, scope: 'keyed' },
  ] as const
  expect(await explained(facts({ dialect: 'sqlite', effects, readOnly: false }))).toContain(
    'effects: insert (replace) on main.cards; delete (replace) on main.cards, scope keyed',
  )
})

test('the terms of an approval are told, all of them', async () => {
  const approval = {
    approvers: ['dba', 'lead'],
    quorum: 2,
    decideWithinMs: 60_000,
    useWithinMs: 1000,
    reasonRequired: true,
    ticketRequired: true,
    amr: ['hwk', 'mfa'],
    coolDownMs: 500,
    maxPending: 3,
    maxPerHour: 9,
    window: { maxDurationMs: 7000, maxRows: 40 },
  }
  const about = write('update', { scope: 'keyed' })
  const decision = { ...(await judge(about)), id: 'd1', policyHash: 'h', approval }
  expect(explainText({ facts: about, decision }).join('\n')).toContain(
    [
      'Approval:',
      '  2 of: dba or lead',
      '  to be decided within 60000 ms, used within 1000 ms',
      '  signed in with: hwk and mfa',
      '  either answer needs a reason and a ticket',
      '  requests of one requester: not again within 500 ms of a denial, 3 open at once, 9 an hour',
      '  a window may cover it: 7000 ms and 40 rows at most',
    ].join('\n'),
  )
})

test('each output column has its origin and its mask', async () => {
  const text = await explained(facts({ output: [out('direct', pan), out('derived', pan)] }))
  expect(text).toContain('1 pan: direct public.cards.pan [pan] -> BIN and last four (pan)')
  expect(text).toContain('2 pan: derived public.cards.pan [pan] -> redacted (pan)')
})
