/** Every line is an event of ECS 8.17: its fields, its words for what an event is, and what was recorded. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { asked, exported, linesOf } from './kit.js'

/** Fields of ECS that Cardea writes, by field set (https://www.elastic.co/guide/en/ecs/8.17). */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  ecs: ['version'],
  observer: ['vendor', 'product', 'type', 'version'],
  event: [
    'kind',
    'module',
    'dataset',
    'sequence',
    'severity',
    'id',
    'action',
    'category',
    'type',
    'outcome',
    'start',
    'end',
    'duration',
    'reason',
  ],
  source: ['address', 'ip', 'port'],
  destination: ['address'],
  rule: ['id', 'ruleset'],
  user: ['name', 'domain', 'full_name', 'roles'],
  related: ['user', 'ip'],
  error: ['code', 'message'],
}

/** Types that ECS expects with a category. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  authentication: ['start', 'end', 'info'],
  configuration: ['access', 'change', 'creation', 'deletion', 'info'],
  database: ['access', 'change', 'info', 'error'],
  iam: ['admin', 'change', 'creation', 'deletion', 'group', 'info', 'user'],
  process: ['access', 'change', 'end', 'info', 'start'],
  session: ['start', 'end', 'info'],
}

describe('ECS', () => {
  test('has no field of its own outside of cardea, and the words of the schema', () => {
    fc.assert(
      fc.property(exported, one => {
        const [line = '', ...others] = linesOf('ecs', one)
        expect(others).toEqual([])
        const { '@timestamp': time, message, cardea, ...sets } = JSON.parse(line)
        expect(new Date(time).toISOString()).toBe(time)
        expect(typeof message).toBe('string')
        expect(typeof cardea).toBe('object')
        for (const [set, fields] of Object.entries(sets)) {
          expect(FIELDS[set]).toEqual(expect.arrayContaining(Object.keys(fields as object)))
        }
        const { category, kind, outcome, type, severity } = sets.event
        expect(kind).toBe('event')
        expect(TYPES[category[0]]).toContain(type[0])
        expect(['success', 'failure', 'unknown']).toContain(outcome)
        expect(Number.isInteger(severity)).toBe(true)
      }),
    )
  })

  test('says what was recorded', () => {
    fc.assert(
      fc.property(asked, found => {
        const { outcome, statement } = found
        const event = JSON.parse(linesOf('ecs', { found, trail: '' })[0] ?? '')
        expect(event).toMatchObject({
          '@timestamp': found.time,
          message: statement.statement,
          event: { id: found.id, sequence: found.seq, reason: statement.decision.reason },
          rule: { id: statement.decision.rule },
          source: { address: statement.origination },
          destination: { address: statement.dataSource.id },
          cardea: { session: statement.session, bindings: statement.bindings, labels: statement.labels },
        })
        expect(event.user?.name).toBe(statement.principal?.subject)
        expect(event.cardea.agent?.id).toBe(statement.agent?.id)
        expect(event.cardea.outcome?.rows).toBe(outcome?.rows)
        expect(event.error?.message).toBe(outcome?.error?.message)
      }),
    )
  })
})
