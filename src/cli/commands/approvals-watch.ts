import type { Command } from 'commander'
import { follow } from '../approvals/follow.js'
import { watchLive } from '../approvals/live.js'
import { type InboxOptions, inboxOptions, openInbox } from '../approvals/open-inbox.js'
import { viewLine } from '../approvals/text.js'
import type { Console } from '../console.js'

/** `cardea approvals watch`: a live list at a terminal, one line per change anywhere else. */
export function addApprovalsWatch(approvals: Command, console: Console): void {
  inboxOptions(
    approvals
      .command('watch')
      .description(
        'follow the requests: a live list with keys, or one line per change where there is no terminal',
      ),
  )
    .option('--json', 'print one JSON object per change instead')
    .action((options: InboxOptions & { json?: true }) => watch(console, options))
}

async function watch(console: Console, options: InboxOptions & { readonly json?: true }): Promise<void> {
  const inbox = await openInbox(console, options)
  const signal = console.untilInterrupted()
  if (console.terminal !== undefined && options.json !== true) {
    return watchLive(console, console.terminal, inbox, signal)
  }
  await follow(inbox, signal, {
    changed(view) {
      const now = console.clock.now()
      if (options.json === true) console.json(view, 'line')
      else console.print(`${new Date(now).toISOString()}  ${viewLine(view, now)}`)
    },
    trouble(words) {
      console.note(words === null ? 'The inbox can be reached again.' : `warning: ${words}`)
    },
  })
}
