import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { ConfigurationError } from '../../errors.js'
import type { ApprovalAnswer, ApprovalRequest, Approver } from '../../model/grant.js'
import { type Clock, systemClock } from '../../util/clock.js'
import type { ApprovalContext, ApprovalProvider } from '../approval-provider.js'
import { requestLines, rowsOf } from './request-text.js'

export interface TerminalApprovalOptions {
  /** The person at the terminal. Whoever can type there answers in this name, so use it where only they can. */
  readonly approver: Approver
  /** Default `process.stdin`. */
  readonly input?: Readable
  /** Default `process.stdout`. */
  readonly output?: Writable
  /** Whether a person is there. Default: both ends are terminals. */
  readonly isInteractive?: boolean
  /** Tells how long is left. Default: the system's. */
  readonly clock?: Clock
}

/**
 * Asks the person at a terminal, one request at a time: shows who asks, the whole statement and what it
 * does, then waits for `approve` or `deny`, a reason, and a ticket where the rule wants one. Rejects when no person is there, when the
 * terminal closes (Ctrl-C, Ctrl-D), and when the request is over.
 *
 * @throws ConfigurationError when the approver has no subject or issuer.
 */
export function terminalApproval(options: TerminalApprovalOptions): ApprovalProvider {
  const { approver, clock = systemClock, input = process.stdin, output = process.stdout } = options
  const interactive = options.isInteractive ?? (isTerminal(input) && isTerminal(output))
  if (approver.subject.trim() === '' || approver.issuer.trim() === '') {
    throw new ConfigurationError('terminalApproval: the approver needs a subject and an issuer.')
  }
  const closing = new AbortController()
  let turn: Promise<unknown> = Promise.resolve()

  const converse = async (request: ApprovalRequest, context: ApprovalContext): Promise<ApprovalAnswer> => {
    const signals = [context.signal, closing.signal]
    if (signals.some(signal => signal.aborted)) throw new Error('The approval request is over.')
    const talk = conversation(input, output, signals)
    try {
      talk.say(screenText(request, context, clock.now(), output))
      const decision = await decide(talk)
      const { reasonRequired, ticketRequired = false } = request.requirement
      const reason = await words(talk, 'Reason', reasonRequired)
      const ticket = ticketRequired ? await words(talk, 'Ticket', true) : ''
      return {
        decision,
        approver,
        ...(reason === '' ? {} : { reason }),
        ...(ticket === '' ? {} : { ticket }),
      }
    } catch (error) {
      talk.say(`\nApproval ${request.id} is not open any more.\n`)
      throw error
    } finally {
      talk.end()
    }
  }

  return Object.freeze({
    name: 'terminal',
    async request(request, context) {
      if (!interactive) throw new Error('The terminal is not interactive, so nobody can be asked.')
      if (closing.signal.aborted) throw new Error('The terminal provider is closed.')
      const mine = turn.then(() => converse(request, context))
      turn = mine.catch(() => {})
      return Promise.race([mine, gone(context.signal)])
    },
    close: async () => closing.abort(),
  } satisfies ApprovalProvider)
}

/** Full words only: a stray key, or an empty line typed ahead, is no decision. */
async function decide(talk: Conversation): Promise<'approved' | 'denied'> {
  for (;;) {
    const word = (await talk.ask('Type approve or deny: ')).trim().toLowerCase()
    if (word === 'approve') return 'approved'
    if (word === 'deny') return 'denied'
  }
}

async function words(talk: Conversation, what: string, required: boolean): Promise<string> {
  for (;;) {
    const given = (await talk.ask(required ? `${what}: ` : `${what} (may be empty): `)).trim()
    if (given !== '' || !required) return given
  }
}

/** Cut to the width of the terminal, where there is one: what it wraps by itself could pass for a new line. */
function screenText(
  request: ApprovalRequest,
  { answers, objection }: ApprovalContext,
  now: number,
  output: Writable,
): string {
  const columns = 'columns' in output && Number(output.columns) > 0 ? Number(output.columns) : Infinity
  const status = { answers, now, ...(objection === undefined ? {} : { rejected: objection }) }
  const rows = requestLines(request, status).flatMap(line => rowsOf(line, columns))
  return ['', ...rows, ''].join('\n')
}

interface Conversation {
  say(text: string): void
  ask(question: string): Promise<string>
  end(): void
}

/** One readline interface for one request. Its end, by whatever cause, rejects the open question. */
function conversation(input: Readable, output: Writable, signals: readonly AbortSignal[]): Conversation {
  const reader: Interface = createInterface({ input, output, terminal: isTerminal(output) })
  const typed: string[] = []
  let closed = false
  let wake = (): void => {}
  const stir = (): void => wake()
  reader.on('line', line => {
    typed.push(line)
    wake()
  })
  reader.on('close', () => {
    closed = true
    wake()
  })
  for (const signal of signals) signal.addEventListener('abort', stir, { once: true })
  return {
    say: text => void output.write(text),
    async ask(question) {
      if (!closed) {
        reader.setPrompt(question)
        reader.prompt()
      }
      for (;;) {
        if (signals.some(signal => signal.aborted)) throw new Error('The approval request is over.')
        const line = typed.shift()
        if (line !== undefined) return line
        if (closed) throw new Error('The terminal was closed.')
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
    end() {
      for (const signal of signals) signal.removeEventListener('abort', stir)
      reader.close()
    },
  }
}

function gone(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = (): void => reject(new Error('The approval request is over.'))
    if (signal.aborted) give()
    else signal.addEventListener('abort', give, { once: true })
  })
}

function isTerminal(stream: Readable | Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true
}
