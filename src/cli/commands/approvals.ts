import type { Command } from 'commander'
import type { ApprovalView } from '../../approval/approval-queue.js'
import { type InboxOptions, inboxOptions, openInbox, requestId } from '../approvals/open-inbox.js'
import { viewLine, viewRows } from '../approvals/text.js'
import type { Console } from '../console.js'
import { COULD_NOT, Exit } from '../exit.js'
import { addApprovalsAnswer } from './approvals-answer.js'
import { addApprovalsWatch } from './approvals-watch.js'

interface ListOptions extends InboxOptions {
  readonly all?: true
  readonly unreviewed?: true
  readonly json?: true
}

/** `cardea approvals list | show | approve | deny | review | watch`. */
export function addApprovals(program: Command, console: Console): void {
  const approvals = program
    .command('approvals')
    .description('read and answer requests for approval, as the person who is signed in')
  inboxOptions(approvals.command('list').description('print the requests that wait for an answer'))
    .option('--all', 'those that are over, too')
    .option('--unreviewed', 'emergency accesses that wait for their review instead')
    .option('--json', 'print them as JSON')
    .action((options: ListOptions) => list(console, options))
  inboxOptions(approvals.command('show').description('print one request, whole'))
    .argument('<id>', 'the id of the request', requestId)
    .option('--json', 'print it as JSON')
    .action((id: string, options: InboxOptions & { json?: true }) => show(console, id, options))
  for (const add of [addApprovalsAnswer, addApprovalsWatch]) add(approvals, console)
}

async function list(console: Console, options: ListOptions): Promise<void> {
  const inbox = await openInbox(console, options)
  const views = await inbox.list({ all: options.all === true, unreviewed: options.unreviewed === true })
  if (options.json === true) return console.json({ approvals: views })
  const now = console.clock.now()
  console.print(...views.map(view => viewLine(view, now)))
  console.note(`${views.length} found`)
}

async function show(
  console: Console,
  id: string,
  options: InboxOptions & { readonly json?: true },
): Promise<void> {
  const view: ApprovalView | null = await (await openInbox(console, options)).find(id)
  if (view === null) throw new Exit(COULD_NOT, 'There is no such request, or none that you may see.')
  if (options.json === true) return console.json(view)
  console.print(...viewRows(view, console.clock.now(), console.terminal))
}
