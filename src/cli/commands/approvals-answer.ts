import type { Command } from 'commander'
import type { Answered, ApprovalView } from '../../approval/approval-queue.js'
import type { Inbox } from '../approvals/client.js'
import { type InboxOptions, inboxOptions, openInbox, requestId } from '../approvals/open-inbox.js'
import { demandWord, showInPages } from '../approvals/person.js'
import { viewRows } from '../approvals/text.js'
import type { Console } from '../console.js'
import { COULD_NOT, DOES_NOT_HOLD, DONE, Exit } from '../exit.js'
import { wholeNumber } from '../options.js'

interface AnswerOptions extends InboxOptions {
  readonly reason: string
  readonly ticket?: string
  readonly json?: true
}

interface ApproveOptions extends AnswerOptions {
  readonly yes?: true
  readonly version?: number
}

/** `cardea approvals approve | deny | review`: one request each, and never one that was not looked at. */
export function addApprovalsAnswer(approvals: Command, console: Console): void {
  const answer = (name: string, description: string): Command =>
    inboxOptions(approvals.command(name).description(description))
      .argument('<id>', 'the id of the request', requestId)
      .requiredOption('--reason <words>', 'why; goes on record')
      .option('--json', 'print what became of the answer as JSON')
  answer('approve', 'show a request, ask, and approve what was shown')
    .option('--ticket <number>', 'the ticket that the approval belongs to')
    .option(
      '--version <number>',
      'approve only while the request has this version, as show printed',
      wholeNumber,
    )
    .option('--yes', 'do not ask; needs --version')
    .action((id: string, options: ApproveOptions) => approve(console, id, options))
  answer('deny', 'deny a request')
    .option('--ticket <number>', 'the ticket that the denial belongs to')
    .action((id: string, options: AnswerOptions) => deny(console, id, options))
  answer('review', 'put on record that an emergency access was looked at').action(
    async (id: string, options: AnswerOptions) => {
      const inbox = await openInbox(console, options)
      report(console, options, 'reviewed', await inbox.review(id, options.reason))
    },
  )
}

/**
 * The version that was shown goes along, so an answer to anything else does not count. A person has seen all
 * of it and typed the word; a script has read that version before.
 */
async function approve(console: Console, id: string, options: ApproveOptions): Promise<void> {
  const { terminal } = console
  if (options.yes === true && options.version === undefined) {
    throw new Exit(COULD_NOT, '--yes needs --version <number>: the version of the request that was read.')
  }
  if (options.yes !== true && terminal === undefined) {
    throw new Exit(
      COULD_NOT,
      'This is no terminal, so nobody can be asked: read the request with show, then give --yes --version <number>.',
    )
  }
  const inbox = await openInbox(console, options)
  const view = await answerable(inbox, id, options)
  if (options.version !== undefined && options.version !== view.version) {
    throw new Exit(DOES_NOT_HOLD, `Not counted: the request has version ${view.version} now. Read it again.`)
  }
  const rows = viewRows(view, console.clock.now(), terminal)
  if (options.yes !== true && terminal !== undefined) {
    await showInPages(console, terminal, rows)
    await demandWord(terminal, 'approve')
  } else if (options.json !== true) console.print(...rows)
  const { version } = view
  const body = { decision: 'approved', version, ...words(options) } as const
  report(console, options, 'approved', await inbox.answer(id, body))
}

/** Nothing to confirm: what is denied by mistake can be asked for again. */
async function deny(console: Console, id: string, options: AnswerOptions): Promise<void> {
  const inbox = await openInbox(console, options)
  await answerable(inbox, id, options)
  report(console, options, 'denied', await inbox.answer(id, { decision: 'denied', ...words(options) }))
}

/**
 * Answers that cannot count are not sent: they would go on record against the person who gave them.
 *
 * @throws Exit 1 with the reason.
 */
async function answerable(inbox: Inbox, id: string, options: AnswerOptions): Promise<ApprovalView> {
  const view = await inbox.find(id)
  if (view === null)
    throw new Exit(DOES_NOT_HOLD, 'Not counted: there is no such request, or none that you may see.')
  if (view.state !== 'pending') {
    throw new Exit(
      DOES_NOT_HOLD,
      `Not counted: the request is ${view.state}${view.why === null ? '' : ` (${view.why})`}.`,
    )
  }
  if (view.objection !== null) throw new Exit(DOES_NOT_HOLD, `Not counted: ${view.objection}`)
  if (view.request.requirement.ticketRequired === true && options.ticket === undefined) {
    throw new Exit(COULD_NOT, 'The rule wants a ticket: --ticket <number>.')
  }
  return view
}

function words({ reason, ticket }: AnswerOptions): { reason: string; ticket?: string } {
  return { reason, ...(ticket === undefined ? {} : { ticket }) }
}

function report(console: Console, { json }: AnswerOptions, done: string, answered: Answered): void {
  if (json === true) console.json(answered)
  else if (!answered.counted) console.note(`error: Not counted: ${answered.why}`)
  else if (answered.state === 'pending') {
    console.print(`Counted: ${answered.approvals} of ${answered.quorum} approvals.`)
  } else console.print(`Counted: ${done}; the request is ${answered.state}.`)
  console.exit(answered.counted ? DONE : DOES_NOT_HOLD)
}
