import { checkPlace, deliverSyslog, type SyslogPlace } from '../syslog/deliver.js'
import { syslogFrame } from '../syslog/message.js'
import type { Anchor } from './anchor.js'
import { type AnchorOptions, anchorOf, checkpointLine } from './options.js'

export interface SyslogAnchorOptions extends AnchorOptions, SyslogPlace {}

/**
 * Sends each checkpoint to a syslog server (RFC 5424 over TLS, RFC 5425) as a message `checkpoint` whose text is a
 * line of JSON, and waits until the server has read it. Whether it keeps it, syslog cannot say.
 *
 * @throws ConfigurationError for a server elsewhere without TLS.
 * @example syslogAnchor({ host: 'logs.example' })
 */
export function syslogAnchor(options: SyslogAnchorOptions): Anchor {
  checkPlace('syslogAnchor', options)
  return anchorOf('syslog', options, async (checkpoint, signal) => {
    const { origin, size, time } = checkpoint
    const frame = syslogFrame({
      severity: 'notice',
      time,
      messageId: 'checkpoint',
      data: { origin, size: String(size) },
      text: checkpointLine(checkpoint),
    })
    await deliverSyslog(options, [frame], signal)
    return 'read by the server'
  })
}
