import { hostname } from 'node:os'
import { ConfigurationError } from '../../errors.js'
import { systemClock } from '../../util/clock.js'
import { PeerRefusalError } from '../spool/transport.js'
import { peerUrl, postTo } from './http-peer.js'
import { logRecord, textAttributes } from './otlp-record.js'
import { type RemoteSink, type RemoteSinkOptions, remoteSink } from './remote.js'

export interface OtlpLogsSinkOptions extends RemoteSinkOptions {
  /** Of the collector's logs, for example `https://otel.corp.example:4318/v1/logs`. https, or http to this machine. */
  readonly url: string
  /** Sent with every request, for example an `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /** `service.name` of the resource. Default `'cardea'`. */
  readonly serviceName?: string
}

const LIMITS = { records: 500, bytes: 1_048_576, lingerMs: 1_000 } as const
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e]*$/

/**
 * Records as OpenTelemetry logs, to a collector over OTLP/HTTP in JSON (OpenTelemetry protocol 1.x). The body is the
 * record as JSON; attributes follow the semantic conventions of databases where these have a name for something.
 *
 * @throws ConfigurationError for an address that is not https, or a header that is none.
 * @example otlpLogsSink({ url: 'http://127.0.0.1:4318/v1/logs', spool: { directory: './spool/otlp' } })
 */
export function otlpLogsSink(options: OtlpLogsSinkOptions): RemoteSink {
  const { headers = {}, serviceName = 'cardea', clock = systemClock } = options
  const url = peerUrl('otlpLogsSink', options.url)
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value))
      throw new ConfigurationError('otlpLogsSink: headers are names with printable text.')
  }
  const resource = { attributes: textAttributes({ 'service.name': serviceName, 'host.name': hostname() }) }
  return remoteSink('otlp', options, {
    limits: LIMITS,
    send: async (records, signal) => {
      const observed = clock.now()
      const logRecords = records.map(record => logRecord(record, observed))
      const scopeLogs = [{ scope: { name: 'cardea' }, logRecords }]
      const reply = await postTo('The OpenTelemetry collector', {
        url,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs }] }),
        signal,
      })
      if (rejectedOf(reply.body) > 0)
        throw new PeerRefusalError('The OpenTelemetry collector took only a part of the records.')
    },
  })
}

/** An answer of 200 may say that some were not taken (OTLP, "Partial Success"). A 64-bit number is text in JSON. */
function rejectedOf(body: Buffer): number {
  try {
    const answer = JSON.parse(body.toString('utf8')) as {
      partialSuccess?: { rejectedLogRecords?: unknown } | null
    } | null
    return Number(answer?.partialSuccess?.rejectedLogRecords ?? 0)
  } catch {
    return 0
  }
}
