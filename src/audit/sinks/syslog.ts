import { ConfigurationError } from '../../errors.js'
import type { AuditRecord } from '../../model/record.js'
import { PeerAwayError, PeerRefusalError, type Transport } from '../spool/transport.js'
import { checkPlace, deliverSyslog, type SyslogPlace } from '../syslog/deliver.js'
import { type SyslogMessage, syslogFrame } from '../syslog/message.js'
import { recordLine } from '../trail-line.js'
import { type RemoteSink, type RemoteSinkOptions, remoteSink } from './remote.js'

export interface SyslogSinkOptions extends RemoteSinkOptions, SyslogPlace {
  /**
   * Bytes of the longest message that the server takes as one; longer records are not sent, and told as lost. Default
   * 200,000, the longest frame of rsyslog's imtcp, whose `maxMessageSize` must be raised to it: by default it cuts at 8 KiB.
   */
  readonly maxMessageBytes?: number
}

const DEFAULT_LONGEST = 200_000
const LIMITS = { records: 500, bytes: 1_048_576, lingerMs: 250 } as const

/**
 * Each record as a message of RFC 5424 over TLS (RFC 5425): the record as JSON in its text, the fields that receivers
 * filter by in its structured data. A batch has a connection of its own, and counts as delivered once the server has
 * read to its end: syslog knows no other acknowledgement.
 *
 * @throws ConfigurationError for a server elsewhere without TLS.
 * @example syslogSink({ host: 'logs.corp.example', spool: { directory: './spool/syslog' } })
 */
export function syslogSink(options: SyslogSinkOptions): RemoteSink {
  checkPlace('syslogSink', options)
  const { host, port, tls, maxMessageBytes = DEFAULT_LONGEST } = options
  if (!(Number.isSafeInteger(maxMessageBytes) && maxMessageBytes >= 2_048))
    throw new ConfigurationError('syslogSink: maxMessageBytes is a whole number, at least 2048.')
  const place: SyslogPlace = {
    host,
    ...(port === undefined ? {} : { port }),
    ...(tls === undefined ? {} : { tls }),
  }
  const transport: Transport = {
    limits: LIMITS,
    send: async (records, signal) => {
      const frames = records.map(record => syslogFrame(messageOf(record)))
      if (frames.some(frame => frame.length > maxMessageBytes))
        throw new PeerRefusalError('A record is longer than the syslog server takes (maxMessageBytes).')
      await deliverSyslog(place, frames, signal).catch((error: Error) => {
        throw new PeerAwayError(error.message)
      })
    },
  }
  return remoteSink('syslog', options, transport)
}

function messageOf(record: AuditRecord): SyslogMessage {
  const body = 'body' in record ? record.body : undefined
  const outcome = 'outcome' in record ? record.outcome : undefined
  return {
    severity: severityOf(record),
    time: record.time,
    messageId: record.event,
    data: {
      id: record.id,
      phase: record.phase,
      status: outcome?.status,
      dataSource: body?.dataSource.id,
      subject: body?.principal?.subject,
      agent: body?.agent?.id,
      effect: body?.decision.effect,
      rule: body?.decision.rule,
    },
    text: recordLine(record),
  }
}

function severityOf(record: AuditRecord): SyslogMessage['severity'] {
  if (record.event === 'control.fail') return 'error'
  const status = 'outcome' in record ? record.outcome?.status : undefined
  if (status === 'refused' || status === 'failed' || status === 'unknown') return 'warning'
  return record.event === 'statement' ? 'informational' : 'notice'
}
