/**
 * What the gateway says of itself, as JSON lines. It is built so that it cannot tell what it must not: only
 * named scalars are written, every text passes the detectors, and no request, response or error object ever
 * reaches the writer.
 */
import { pino } from 'pino'
import { errorCode } from '../../audit/error-code.js'
import { CardeaError } from '../../errors.js'
import type { Scrubber } from '../../model/scrub.js'
import type { Clock } from '../../util/clock.js'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

export interface GatewayLog {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  /** From here on. */
  setLevel(level: LogLevel): void
}

/** Where lines go, for example `process.stdout`. */
export interface LogDestination {
  write(line: string): unknown
}

const LONGEST_TEXT = 1_000

export function gatewayLog(
  level: LogLevel,
  { scrubber, clock, destination }: { scrubber: Scrubber; clock: Clock; destination: LogDestination },
): GatewayLog {
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
    },
    { write: line => void destination.write(line) },
  )
  // Scrubbed before it is cut: half a card number is none to a detector.
  const plain = (text: string) => scrubber.text(text).slice(0, LONGEST_TEXT)
  const at =
    (name: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      const shown = Object.entries(fields).map(([key, value]) => [
        key,
        typeof value === 'string' ? plain(value) : value,
      ])
      logger[name](Object.fromEntries(shown), plain(message))
    }
  return Object.freeze({
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    setLevel: next => {
      logger.level = next
    },
  } satisfies GatewayLog)
}

/** What may be said of an error: Cardea's own words, or the name and code of anybody else's. */
export function errorFields(error: unknown): { readonly code: string; readonly error: string } {
  if (error instanceof CardeaError) return { code: error.code, error: error.message }
  const name = error instanceof Error ? error.name : 'unknown'
  return { code: errorCode(error) ?? 'UNKNOWN', error: name }
}
