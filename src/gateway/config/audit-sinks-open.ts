import { otlpLogsSink } from '../../audit/sinks/otlp-logs.js'
import type { RemoteSink, RemoteSinkOptions } from '../../audit/sinks/remote.js'
import { s3Sink } from '../../audit/sinks/s3.js'
import { syslogSink } from '../../audit/sinks/syslog.js'
import { tableSink } from '../../audit/sinks/table.js'
import { webhookSink } from '../../audit/sinks/webhook.js'
import { openStoreConnection } from '../../connect/store-connection.js'
import type { Clock } from '../../util/clock.js'
import type { AuditPeer, AuditSinkConfig } from './audit-sinks.js'

/**
 * Makes a sink as configured; a connection is opened by its `open` or first record.
 *
 * @throws ConfigurationError, PeerMissingError.
 */
export async function openAuditSink(
  { name, mandatory, spoolBytes, peer }: AuditSinkConfig,
  { directory, clock }: { readonly directory: string; readonly clock?: Clock },
): Promise<RemoteSink> {
  const spool = { directory, ...(spoolBytes === undefined ? {} : { maxBytes: spoolBytes }) }
  const options: RemoteSinkOptions = {
    name,
    ...(mandatory ? { mandatory } : { spool }),
    ...(clock === undefined ? {} : { clock }),
  }
  switch (peer.kind) {
    case 'syslog':
      return syslogTo(peer, options)
    case 'webhook':
      return webhookSink({ ...options, url: peer.url.reveal(), secret: peer.secret.reveal() })
    case 'otlp': {
      const headers = Object.entries(peer.headers).map(([key, value]) => [key, value.reveal()])
      return otlpLogsSink({ ...options, ...peer, headers: Object.fromEntries(headers) })
    }
    case 's3': {
      const { accessKeyId, secretAccessKey, kind: _, ...rest } = peer
      const credentials = {
        accessKeyId: accessKeyId.reveal(),
        secretAccessKey: secretAccessKey.reveal(),
      }
      return s3Sink({ ...options, ...rest, credentials })
    }
    case 'table':
      return tableOf(peer.url.reveal(), options)
  }
}

function syslogTo(peer: Extract<AuditPeer, { kind: 'syslog' }>, options: RemoteSinkOptions): RemoteSink {
  const { tls, kind: _, ...rest } = peer
  if (tls === false) return syslogSink({ ...options, ...rest, tls })
  const { key, ...others } = tls
  return syslogSink({
    ...options,
    ...rest,
    tls: { ...others, ...(key === undefined ? {} : { key: key.reveal() }) },
  })
}

/** With connections of its own, which it lets go of when it closes. */
async function tableOf(url: string, options: RemoteSinkOptions): Promise<RemoteSink> {
  const knex = await openStoreConnection(url)
  const sink = tableSink({ ...options, knex })
  return Object.freeze({
    ...sink,
    close: async () => {
      try {
        await sink.close()
      } finally {
        await knex.destroy()
      }
    },
  })
}
