/** The program at a terminal of its own: a real pseudo-terminal, opened by python3, and what its screen shows. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { type Person, TOKENS } from './approvals-kit.js'

/** Commands come as lines of JSON, what the terminal gets goes to standard output, the end to standard error. */
const PTY = `
import fcntl, json, os, pty, select, signal, struct, sys, termios
rows, columns, *command = sys.argv[1:]
def size(rows, columns):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))
master, slave = pty.openpty()
size(rows, columns)
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.close(master)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2): os.dup2(slave, fd)
    os.execvp(command[0], command)
rest, listening, hung_up = b'', True, False
def drain(patience):
    while not hung_up and select.select([master], [], [], patience)[0]:
        sys.stdout.buffer.write(os.read(master, 65536))
        sys.stdout.flush()
while True:
    drain(0.02)
    if listening and select.select([0], [], [], 0)[0]:
        got = os.read(0, 65536)
        listening = got != b''
        if not listening: os.kill(pid, signal.SIGKILL)
        *lines, rest = (rest + got).split(b'\\n')
        for what, *values in map(json.loads, lines):
            if what == 'type': os.write(master, values[0].encode())
            if what == 'size':
                size(*values)
                os.kill(pid, signal.SIGWINCH)
            if what == 'signal': os.kill(pid, signal.Signals[values[0]])
            if what == 'close':
                hung_up = True
                os.close(slave)
                os.close(master)
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        drain(0.1)
        code = os.waitstatus_to_exitcode(status)
        restored = hung_up or termios.tcgetattr(slave) == before
        sys.stderr.write(json.dumps({'code': code, 'restored': restored}))
        break
`

/** Looks, 20 ms apart: a machine that is busy takes long to start a program. */
const PATIENCE = 2_000

export interface Ended {
  readonly code: number
  /** Modes of the terminal as they were, and its screen, cursor and marks of pastes, too. */
  readonly restored: boolean
}

export interface AtTerminal {
  readonly ended: Promise<Ended>
  readonly screen: Screen
  type(keys: string): void
  resize(rows: number, columns: number): void
  signal(name: string): void
  /** Closes the window. */
  close(): void
  /** Waits until a row of the screen, or a line above it, matches. */
  shows(what: RegExp | string): Promise<void>
}

export interface PtyOptions {
  readonly rows?: number
  readonly columns?: number
  /** Arguments of Node, before the program. */
  readonly node?: readonly string[]
}

export function atTerminal(
  person: Person,
  server: string,
  argv: readonly string[],
  { columns = 100, node = [], rows = 30 }: PtyOptions = {},
): AtTerminal {
  const program = [...node, 'dist/cli/main.js', 'approvals', ...argv]
  const child = spawn('python3', ['-c', PTY, String(rows), String(columns), process.execPath, ...program], {
    env: { ...process.env, TERM: 'xterm', CARDEA_TOKEN: TOKENS[person], CARDEA_SERVER: server },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const screen = new Screen(rows)
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => screen.feed(chunk))
  const tell = (...command: readonly (string | number)[]): void =>
    void child.stdin.write(`${JSON.stringify(command)}\n`)
  const report = text(child.stderr)
  const ended = once(child, 'close').then(async () => {
    const { code, restored } = JSON.parse(await report)
    return { code, restored: restored && screen.isAsBefore() }
  })
  ended.catch(() => {})
  return {
    ended,
    screen,
    type: keys => tell('type', keys),
    resize(newRows, newColumns) {
      screen.resize(newRows)
      tell('size', newRows, newColumns)
    },
    signal: name => tell('signal', name),
    close: () => tell('close'),
    async shows(what) {
      const found = (row: string): boolean => (typeof what === 'string' ? row.includes(what) : what.test(row))
      for (let round = 0; round < PATIENCE; round++) {
        if (screen.rows().some(found)) return
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      throw new Error(`The screen does not show ${what}:\n${screen.rows().join('\n')}`)
    },
  }
}

/** Sequences that the program may send, and readline for it. Whatever else arrives came out of somebody's text. */
const ESCAPE = '\u001b'
const SEQUENCE = /^(?:\[(\??)([\d;]*)([A-Za-z])|([^[]))/

/** As much of a terminal as the program uses. */
export class Screen {
  /** Escape sequences that the program does not use. */
  readonly foreign: string[] = []
  #grid: string[]
  #log = ''
  #row = 0
  #column = 0
  #unread = ''
  #other = false
  readonly #modes = new Map([
    ['1049', false],
    ['2004', false],
    ['25', true],
    ['7', true],
  ])

  constructor(rows: number) {
    this.#grid = Array<string>(rows).fill('')
  }

  /** What is on the screen; before and after the live list, all that was printed. */
  rows(): readonly string[] {
    return this.#other ? this.#grid.map(row => row.trimEnd()) : this.#log.split(/\r?\n/)
  }

  isAsBefore(): boolean {
    return JSON.stringify([...this.#modes.values()]) === '[false,false,true,true]'
  }

  resize(rows: number): void {
    this.#grid = Array<string>(rows).fill('')
  }

  feed(chunk: string): void {
    this.#unread += chunk
    while (this.#unread !== '') {
      const plain = this.#unread.split(ESCAPE, 1)[0] ?? ''
      this.#print(plain)
      this.#unread = this.#unread.slice(plain.length)
      if (this.#unread === '') return
      const found = SEQUENCE.exec(this.#unread.slice(1))
      if (found === null) return
      this.#unread = this.#unread.slice(1 + found[0].length)
      this.#obey(found[0], found[1] === '?', found[2] ?? '', found[3] ?? '')
    }
  }

  #obey(sequence: string, isPrivate: boolean, values: string, final: string): void {
    if (isPrivate && (final === 'h' || final === 'l') && this.#modes.has(values)) {
      this.#modes.set(values, final === 'h')
      if (values === '1049') this.#other = final === 'h'
    } else if (this.#other && final === 'H' && values === '') {
      this.#row = 0
      this.#column = 0
    } else if (this.#other && final === 'K' && values === '') this.#cutRow()
    else if (this.#other && final === 'J' && values === '') {
      this.#cutRow()
      this.#grid.fill('', this.#row + 1)
    } else if (this.#other || !/^[GJKABCD]$/.test(final)) this.foreign.push(sequence)
  }

  #cutRow(): void {
    this.#grid[this.#row] = (this.#grid[this.#row] ?? '').slice(0, this.#column)
  }

  #print(text: string): void {
    if (!this.#other) {
      this.#log += text
      return
    }
    for (const character of text) {
      if (character === '\r') this.#column = 0
      else if (character === '\n') this.#row += 1
      else {
        const row = (this.#grid[this.#row] ?? '').padEnd(this.#column)
        this.#grid[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1)
        this.#column += 1
      }
      if (this.#row >= this.#grid.length) this.foreign.push('a line below the screen')
      if (character < ' ' && character !== '\r' && character !== '\n') this.foreign.push(character)
    }
  }
}
