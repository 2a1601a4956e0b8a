/** Every line is an event of OCSF 1.8.0, and says what was recorded. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { LifecycleEvent } from '../../../src/model/record.js'
import { asked, exported, happened, linesOf } from './kit.js'
import { flawsOf } from './ocsf-validator.js'

type Json = Record<string, Record<string, unknown>>

const eventsOf = (...given: Parameters<typeof linesOf>): Json[] =>
  linesOf(...given).map(line => JSON.parse(line) as Json)

describe('OCSF', () => {
  test('is what the schema describes, whatever was found', () => {
    fc.assert(
      fc.property(exported, one => {
        for (const event of eventsOf('ocsf', one)) expect(flawsOf(event)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('has a validator that can fail', () => {
    const [found] = fc.sample(asked, 1)
    if (found === undefined) throw new Error('no sample')
    const [event = {}] = eventsOf('ocsf', { found, trail: '' })
    expect(flawsOf({ ...event, extra: 1 })).toEqual(['6005.extra is unknown'])
    expect(flawsOf({ ...event, actor: undefined })).toContain('6005.actor! is missing')
    expect(flawsOf({ ...event, severity: 'Loud' })).toHaveLength(1)
    expect(flawsOf({ ...event, database: { name: 'x' } })).toEqual(['database.type_id! is missing'])
    expect(flawsOf({ ...event, src_endpoint: { ip: 'x' } })).toEqual(['endpoint.ip is no address'])
    expect(flawsOf({ ...event, activity_id: 77 })).toContain('unknown activity 77')
  })

  test('of a statement says who, what, where from, on what, and how it went', () => {
    fc.assert(
      fc.property(asked, found => {
        const { id, outcome, seq, statement, time } = found
        const [event = {}] = eventsOf('ocsf', { found, trail: 'w' })
        expect(event).toMatchObject({
          class_uid: 6005,
          time: Date.parse(time),
          metadata: { uid: id, sequence: seq, log_name: 'w', original_time: time },
          query_info: { query_string: statement.statement },
          database: { name: statement.dataSource.id },
          src_endpoint: { name: statement.origination },
          authorizations: [
            { decision: statement.decision.effect, policy: { name: statement.decision.rule } },
          ],
          actor: { session: { uid: statement.session } },
          status_id: { released: 1, refused: 2, failed: 2, cut: 2, unknown: 0 }[outcome?.status ?? 'unknown'],
        })
        expect(event['actor']?.['user'] === undefined).toBe(statement.principal === null)
        if (statement.principal !== null) {
          const { subject: uid, issuer: domain } = statement.principal
          expect(event['actor']?.['user']).toMatchObject({ uid, domain })
        }
        expect(event['unmapped']?.['bindings']).toEqual(statement.bindings)
      }),
    )
  })

  test.each<[string, { ip?: string; port?: number }]>([
    ['203.0.113.7:51234', { ip: '203.0.113.7', port: 51234 }],
    ['::ffff:10.0.0.1:443', { ip: '10.0.0.1', port: 443 }],
    ['::1:5432', { ip: '::1', port: 5432 }],
    ['[2001:db8::1]:99', { ip: '2001:db8::1', port: 99 }],
    ['fe80::1%eth0:80', { ip: 'fe80::1', port: 80 }],
    ['203.0.113.7', { ip: '203.0.113.7' }],
    ['203.0.113.7:70000', {}],
    ['pid 4711 on app-3', {}],
  ])('knows the address in %s', (origination, expected) => {
    const [found] = fc.sample(asked, 1)
    if (found === undefined) throw new Error('no sample')
    const statement = { ...found.statement, origination }
    const [event = {}] = eventsOf('ocsf', { found: { ...found, statement }, trail: '' })
    expect(event['src_endpoint']).toEqual({ name: origination, ...expected })
  })

  test('of sensitive authentication data that was kept back says so a second time, as a finding', () => {
    const [found] = fc.sample(asked, 1)
    if (found === undefined) throw new Error('no sample')
    const statement = { ...found.statement, labels: ['sad'] }
    const outcome = { status: 'refused' as const, durationMs: 1 }
    const events = eventsOf('ocsf', { found: { ...found, statement, outcome }, trail: '' })
    expect(events.map(event => event['class_uid'])).toEqual([6005, 2004])
  })

  test.each<[LifecycleEvent, number, number]>([
    ['approval.grant', 3003, 1],
    ['approval.answer', 3003, 99],
    ['identity.refuse', 3002, 1],
    ['identity.mint', 3004, 1],
    ['policy.load', 3004, 3],
    ['agent.stop', 3004, 12],
    ['control.fail', 2004, 1],
    ['trail.open', 6002, 3],
    ['trail.close', 6002, 4],
    ['trail.checkpoint', 6002, 99],
    ['audit.read', 6005, 1],
    ['transaction.undone', 6005, 99],
  ])('puts %s into class %i', (name, uid, activity) => {
    const [found] = fc.sample(happened, 1)
    if (found === undefined) throw new Error('no sample')
    const [event = {}] = eventsOf('ocsf', {
      found: { ...found, record: { ...found.record, event: name } },
      trail: '',
    })
    expect([event['class_uid'], event['activity_id']]).toEqual([uid, activity])
  })
})
