/** A mandatory peer that takes everything and says nothing: ten seconds, then nothing is released, and that is on record. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { TrailEntry } from '../../../src/audit/trail-line.js'
import { readTrail } from '../../../src/audit/trail-reader.js'
import { verifyTrail } from '../../../src/audit/verify.js'
import { openPlace, type Place, run } from '../../gateway/kit.js'
import { describePostgres } from '../../support/databases.js'
import { type OtlpCollector, startOtlpCollector } from '../../support/servers/otlp.js'
import { type Relay, relay } from './kit.js'

describePostgres('a gateway with a mandatory sink whose peer hangs', () => {
  let place: Place
  let collector: OtlpCollector
  let between: Relay

  beforeAll(async () => {
    place = await openPlace()
    collector = await startOtlpCollector()
    between = await relay(Number(new URL(collector.url).port))
  })
  afterAll(async () => {
    await between.close()
    await collector.stop()
    await place.close()
  })

  test('refuses the statement, says in the trail that nothing of it was released, and goes on when the peer does', async () => {
    const sink = { otlp: { url: `http://127.0.0.1:${between.port}/v1/logs` }, mandatory: true }
    const token = await place.token()
    const { gateway, query } = await run(place.config({ audit: { directory: 'audit', sinks: [sink] } }))
    expect((await query(token, 'select id from payments where id = 1')).status).toBe(200)
    // Connections that were kept are closed first: the next one is taken and never answered.
    await between.behave('refuse')
    await between.behave('hang')
    const refused = await query(token, 'select id from payments where id = 2')
    expect(JSON.stringify(refused.body)).toContain('CARDEA_AUDIT_UNAVAILABLE')
    await between.behave('refuse')
    await between.behave('pass')
    expect((await query(token, 'select id from payments where id = 3')).status).toBe(200)
    await gateway.close()

    const entries: TrailEntry[] = []
    for await (const entry of readTrail(place.at('audit/billing'))) entries.push(entry)
    const of = (text: string) =>
      entries.filter(one => 'body' in one && one.body?.statement.includes(text) === true).map(({ id }) => id)
    const withheld = entries
      .flatMap(one => (one.event === 'control.fail' ? [one.detail['withheld']] : []))
      .flat()
    expect(withheld).toEqual(expect.arrayContaining(of('id = 2')))
    expect(of('id = 2')).not.toEqual([])
    for (const id of [...of('id = 1'), ...of('id = 3')]) expect(withheld).not.toContain(id)
    expect(await verifyTrail(place.at('audit/billing'))).toMatchObject({ status: 'whole' })
  })
})
