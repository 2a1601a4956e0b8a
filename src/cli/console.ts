import type { ReadStream, WriteStream } from 'node:tty'
import type { Scrubber } from '../model/scrub.js'
import type { Clock } from '../util/clock.js'

/** A terminal with a person at it. */
export interface CliTerminal {
  readonly input: ReadStream & { readonly fd: number }
  readonly output: WriteStream
}

/** What the program needs from the process that runs it; tests hand in their own. */
export interface CliIo {
  out(text: string): void
  err(text: string): void
  /** From this call on, Ctrl-C aborts the signal instead of the process: `--follow` ends in good order. */
  untilInterrupted(): AbortSignal
  readonly clock: Clock
  /** Absent unless input and output both are a terminal. */
  readonly terminal?: CliTerminal
}

/** Where commands write. Everything passes the scrubber, so that no PAN is printed whatever its source. */
export interface Console {
  readonly untilInterrupted: () => AbortSignal
  readonly clock: Clock
  readonly scrub: (text: string) => string
  readonly terminal: CliTerminal | undefined
  /** What `print` would write of the text, for what writes to the terminal by itself. */
  readonly plain: (text: string) => string
  /** Lines for standard output. */
  print(...lines: readonly string[]): void
  /** One JSON document on standard output; texts inside are scrubbed one by one. */
  json(value: unknown, layout?: 'pretty' | 'line'): void
  /** Whole lines in a form of its own, of texts that the caller has scrubbed; it keeps what steers a terminal from it. */
  lines(text: string): void
  /** Lines for standard error: advice and warnings, never results. */
  note(...lines: readonly string[]): void
  /** One token on standard output, whole, for whoever asked for it: the only text that no detector sees. */
  handOver(token: string): void
  /** The exit code; 0 unless a command says otherwise. */
  exit(code: number): void
}

export function cliConsole(io: CliIo, scrubber: Scrubber, exit: (code: number) => void): Console {
  const scrub = (text: string) => scrubber.text(text)
  return {
    untilInterrupted: () => io.untilInterrupted(),
    clock: io.clock,
    scrub,
    terminal: io.terminal,
    plain: text => visible(scrub(text)),
    print: (...lines) => io.out(lines.map(line => `${visible(scrub(line))}\n`).join('')),
    json(value, layout = 'pretty') {
      const text = JSON.stringify(value, (_, inner) => scrubbed(inner, scrub), layout === 'pretty' ? 2 : 0)
      io.out(`${escaped(text)}\n`)
    },
    lines: text => io.out(text),
    note: (...lines) => io.err(lines.map(line => `${visible(scrub(line))}\n`).join('')),
    handOver: token => {
      // Base64url and dots: nothing that could steer a terminal, and nothing that is no token.
      if (!/^[\w.-]+$/.test(token)) throw new TypeError('only a token is handed over')
      io.out(`${token}\n`)
    },
    exit,
  }
}

function scrubbed(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === 'string') return scrub(value)
  if (typeof value === 'number' && scrub(String(value)) !== String(value)) return scrub(String(value))
  return value
}

/** The same for JSON, whose own escapes leave some of them out: another spelling of the same document. */
function escaped(json: string): string {
  return json.replace(/[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}/gu, found =>
    found.replace(/[\s\S]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}

/** What could steer a terminal, reorder or hide text, or is drawn as nothing (CWE-150): shown as escapes. */
function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/gu, found => {
    const code = found.codePointAt(0) ?? 0
    return `\\u{${code.toString(16)}}`
  })
}
