import { emitKeypressEvents } from 'node:readline'
import { isatty } from 'node:tty'
import type { CliTerminal } from '../console.js'
import { type Size, sizeOf } from './size.js'

/** A key, or a whole paste. */
export interface Key {
  /** As Node names it: `up`, `return`, `escape`, `a`; empty for a paste and for what has no name. */
  readonly name: string
  readonly text: string
  readonly ctrl: boolean
  readonly pasted: boolean
}

/** What happens at a terminal. */
export interface Hearing {
  key(key: Key): void
  resized(): void
  /** The terminal is gone. */
  hungUp(): void
}

/** The whole screen of a terminal, until `close` gives it back as it was. */
export interface Screen {
  size(): Size
  /** As many rows as the screen has at most, none longer than it is wide. */
  draw(rows: readonly string[]): void
  close(): void
}

/** Other screen, no cursor, no wrapping, pastes marked as such: and all of it undone. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h'
const LEAVE = '\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

/** Takes the screen. It is given back by `close`, and when the process exits by whatever cause it can hear of. */
export function openScreen(terminal: CliTerminal, hearing: Hearing): Screen {
  const { input, output } = terminal
  let open = true
  const keys = keyListener(key => hearing.key(key))
  const resized = (): void => hearing.resized()
  const hungUp = (): void => hearing.hungUp()
  const close = (): void => {
    if (!open) return
    open = false
    process.off('exit', close)
    output.off('resize', resized)
    input.off('keypress', keys).off('end', hungUp).pause()
    if (!input.destroyed) input.setRawMode(false)
    output.write(LEAVE)
    if (!isatty(input.fd)) dieOfHangUp()
  }
  process.on('exit', close)
  // After the end, too: reading from a terminal that is gone fails late.
  input.on('error', hungUp)
  emitKeypressEvents(input)
  input.setRawMode(true)
  input.on('keypress', keys).on('end', hungUp).resume()
  output.on('resize', resized)
  output.write(ENTER)
  return Object.freeze({
    size: () => sizeOf(terminal),
    draw(rows) {
      if (open) output.write(`${HOME}${rows.map(row => row + CLEAR_LINE).join('\r\n')}${CLEAR_BELOW}`)
    },
    close,
  } satisfies Screen)
}

/**
 * Node aborts when it cannot give a terminal back that is gone, and the memory of the process, with the token in
 * it, may end up in a core file. So the process ends as it would have without hearing of the signal.
 */
function dieOfHangUp(): void {
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

interface Pressed {
  readonly name?: string
  readonly ctrl?: boolean
  readonly sequence?: string
}

/** Collects what stands between the marks of a paste. */
function keyListener(heard: (key: Key) => void): (text: string | undefined, pressed: Pressed) => void {
  let paste: string | null = null
  return (text, { ctrl = false, name = '', sequence = '' }) => {
    if (name === 'paste-start') paste = ''
    else if (name === 'paste-end') {
      if (paste !== null) heard({ name: '', text: paste, ctrl: false, pasted: true })
      paste = null
    } else if (paste !== null) paste += text ?? sequence
    else heard({ name, text: text ?? '', ctrl, pasted: false })
  }
}
