/** Writes records into a spooled sink whose peer is away, says each one that was acknowledged, until it is killed. */
import { remoteSink } from '../../../src/audit/sinks/remote.js'
import { noted } from './kit.js'

const [, , directory = ''] = process.argv
const sink = remoteSink(
  'webhook',
  { spool: { directory } },
  {
    limits: { records: 10, bytes: 65_536, lingerMs: 1 },
    send: () => Promise.reject(new Error('away')),
  },
)
await sink.open?.()
for (let at = 0; ; at++) {
  await sink.write([noted(`k${at}`, 'x'.repeat((at * 37) % 3_000))], 'durable')
  process.stdout.write(`${at}\n`)
}
