/**
 * One syslog message as RFC 5424 has it, framed by octet counting (RFC 6587 §3.4.1, RFC 5425 §4.3): its length in
 * bytes stands before it, so no line feed in a text can begin another message.
 */
import { hostname } from 'node:os'

/** @see https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1 */
export type SyslogSeverity = 'error' | 'warning' | 'notice' | 'informational'

export interface SyslogMessage {
  readonly severity: SyslogSeverity
  /** UTC, ISO 8601. */
  readonly time: string
  /** What kind of message it is, for the receiver's filters. */
  readonly messageId: string
  /** Parameters of one element, in order; those without a value are left out. */
  readonly data: Readonly<Record<string, string | undefined>>
  /** Goes out as UTF-8 without a byte order mark, because receivers keep the mark as part of the text. */
  readonly text: string
}

const SEVERITIES: Readonly<Record<SyslogSeverity, number>> = {
  error: 3,
  warning: 4,
  notice: 5,
  informational: 6,
}
/** `log audit`: RFC 5424 §6.2.1. */
const FACILITY = 13
/** 32473 is the number that RFC 5612 sets aside where there is no number of one's own. */
const ELEMENT = 'cardea@32473'
const NIL = '-'

/** @returns the bytes to send, the length before them. */
export function syslogFrame(message: SyslogMessage): Buffer {
  const { severity, time, messageId, data, text } = message
  const header = [
    `<${FACILITY * 8 + SEVERITIES[severity]}>1`,
    time,
    headerField(hostname(), 255),
    'cardea',
    process.pid,
    headerField(messageId, 32),
    structuredData(data),
  ].join(' ')
  const body = Buffer.from(`${header} ${text}`)
  return Buffer.concat([Buffer.from(`${body.length} `), body])
}

/** Printable ASCII without spaces, never empty. */
function headerField(text: string, longest: number): string {
  const printable = text.replace(/[^\x21-\x7e]/g, '').slice(0, longest)
  return printable === '' ? NIL : printable
}

function structuredData(data: SyslogMessage['data']): string {
  const parameters = Object.entries(data).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${escaped(value)}"`],
  )
  return parameters.length === 0 ? NIL : `[${[ELEMENT, ...parameters].join(' ')}]`
}

/**
 * RFC 5424 §6.3.3: quotation mark, backslash and closing bracket are escaped. Control characters are left out:
 * many a receiver writes values into a line of a file.
 */
function escaped(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').replace(/["\\\]]/g, '\\$&')
}
