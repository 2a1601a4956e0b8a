/** A whole gateway whose trail has sinks: what arrives, what the figures say, what a configuration may not say. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { differences } from '../../../src/gateway/config/differences.js'
import { loadGatewayConfig } from '../../../src/gateway.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { openPlace, type Place, plain, run } from '../../gateway/kit.js'
import { describePostgres } from '../../support/databases.js'
import { type OtlpCollector, startOtlpCollector } from '../../support/servers/otlp.js'
import { eventually, type Relay, relay } from './kit.js'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

describePostgres('a gateway with sinks', () => {
  let place: Place
  let collector: OtlpCollector
  let between: Relay

  beforeAll(async () => {
    place = await openPlace()
    collector = await startOtlpCollector()
    between = await relay(Number(new URL(collector.url).port))
    place.write('webhook-secret', SECRET)
    place.write('token', 'Bearer hunter2-hunter2')
  })
  afterAll(async () => {
    await between.close()
    await collector.stop()
    await place.close()
  })

  const configured = (...sinks: object[]) => place.config({ audit: { directory: 'audit', sinks } })
  const otlp = (more: object = {}) => ({
    otlp: {
      url: `http://127.0.0.1:${between.port}/v1/logs`,
      headers: { authorization: { file: 'token' } },
    },
    ...more,
  })
  const arrived = (): AuditRecord[] =>
    collector.records.map(({ body }) => JSON.parse(body.stringValue) as AuditRecord)
  const statements = () => arrived().filter(({ event }) => event === 'statement')

  test('delivers what was recorded while the peer was away, also after a restart, and shows the lag', async () => {
    const token = await place.token()
    await between.behave('refuse')
    const file = configured(otlp({ name: 'siem', spool: '1MiB' }))
    const first = await run(file)
    expect((await first.query(token, 'select id from payments where id = 1')).status).toBe(200)
    await eventually(async () => {
      const figures = await (await fetch(`${first.operator}/metrics`)).text()
      return /cardea_audit_sink_lag_records\{data_source="billing",sink="siem"\} [1-9]/.test(figures)
    }, 'a lag')
    await first.gateway.close()
    const spool = place.at('audit/.spool/billing/siem')
    expect(statSync(spool).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(spool)) expect(statSync(`${spool}/${name}`).mode & 0o077).toBe(0)
    expect(collector.records).toEqual([])

    await between.behave('pass')
    const second = await run(file)
    await eventually(() => statements().length > 0, 'the statement of the first run')
    await second.gateway.close()
    expect(collector.faults).toEqual([])
    const events = arrived().map(({ event }) => event)
    expect(events.filter(event => event === 'trail.open')).toHaveLength(2)
    expect(events.filter(event => event === 'trail.close')).toHaveLength(2)
  })

  test('runs nothing while a mandatory sink is away', async () => {
    const token = await place.token()
    const { gateway, query, log } = await run(configured(otlp({ mandatory: true })))
    try {
      expect((await query(token, 'select id from payments where id = 1')).status).toBe(200)
      await between.behave('refuse')
      const refused = await query(token, 'select id from payments where id = 2')
      expect(JSON.stringify(refused.body)).toContain('CARDEA_AUDIT_UNAVAILABLE')
      await between.behave('pass')
      expect((await query(token, 'select id from payments where id = 3')).status).toBe(200)
      expect(log()).not.toContain('hunter2')
    } finally {
      await between.behave('pass')
      await gateway.close()
    }
  })

  test('keeps secrets out of every view of the configuration, and is not reloaded into other sinks', async () => {
    const webhook = { webhook: { url: 'https://siem.example/in', secret: { file: 'webhook-secret' } } }
    const before = await loadGatewayConfig(configured(otlp(), webhook))
    expect(inspect(before, { depth: 12 }) + JSON.stringify(before)).not.toMatch(/hunter2|whsec_/)
    const after = await loadGatewayConfig(configured(otlp({ mandatory: true }), webhook))
    expect(differences(before, before)).toEqual({ reloadable: [], fixed: [] })
    expect(differences(before, after).fixed).toEqual(['audit.sinks.0.mandatory'])
    expect(existsSync('checked')).toBe(false)
  })

  test.each([
    ['a secret as text', [{ webhook: { url: 'https://a.example', secret: SECRET } }], 'never as text'],
    ['no peer', [{ name: 'x' }], 'needs one of syslog, webhook, otlp, s3, table'],
    ['two peers', [{ ...{ table: { url: { file: 'token' } } }, syslog: { host: 'h' } }], 'and no two'],
    [
      'a name twice',
      [{ syslog: { host: 'a' } }, { syslog: { host: 'b' } }],
      'second sink of the name syslog',
    ],
    [
      'a spool that nothing is put in',
      [{ syslog: { host: 'a' }, mandatory: true, spool: '2MiB' }],
      'nothing to keep',
    ],
    ['a tiny spool', [{ syslog: { host: 'a' }, spool: '4KiB' }], '1MiB at least'],
    [
      'syslog elsewhere without TLS',
      [{ syslog: { host: 'logs.example', tls: false } }],
      'on this machine alone',
    ],
    ['a plain address elsewhere', [{ otlp: { url: 'http://otel.example/v1/logs' } }], 'this machine alone'],
    [
      'a bucket that is none',
      [
        {
          s3: {
            bucket: 'X',
            region: 'r',
            accessKeyId: { file: 'token' },
            secretAccessKey: { file: 'token' },
          },
        },
      ],
      'the name of a bucket',
    ],
    ['a file that is not there', [{ syslog: { host: 'a', ca: 'nowhere.pem' } }], 'cannot be read'],
    ['a key that is not known', [{ syslog: { host: 'a', facility: 'local0' } }], 'facility'],
  ])('a configuration with %s is refused, with its line', async (_, sinks, words) => {
    const file = place.write(
      'bad.yaml',
      stringify({ ...plain(place.issuer), audit: { directory: 'audit', sinks } }),
    )
    const error = await loadGatewayConfig(file).then(
      () => new Error('valid'),
      (reason: Error) => reason,
    )
    expect(error.message).toMatch(/bad\.yaml:\d+:\d+ audit\.sinks/)
    expect(error.message).toContain(words)
    expect(error.message).not.toMatch(/whsec_|hunter2/)
  })
})
