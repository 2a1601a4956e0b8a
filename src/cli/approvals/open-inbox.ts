import { type Command, InvalidArgumentError } from 'commander'
import type { Console } from '../console.js'
import { presentToken } from '../credentials/present-token.js'
import { type Inbox, inboxClient } from './client.js'
import { serverFrom } from './server.js'

export interface InboxOptions {
  readonly server?: string
  readonly ca?: string
}

/** The options that every command of `cardea approvals` has. */
export function inboxOptions(command: Command): Command {
  return command
    .option('--server <url>', 'where the approvals are; default: CARDEA_SERVER')
    .option('--ca <file>', 'certificates that vouch for the server, PEM; default: those of the system')
}

/**
 * The inbox, as whoever is signed in.
 *
 * @throws Exit 2 without a server, or when nobody is signed in.
 */
export async function openInbox(console: Console, options: InboxOptions): Promise<Inbox> {
  const token = () => presentToken(console)
  const inbox = inboxClient(await serverFrom(options), token)
  await token()
  return inbox
}

/** One id: there is no way to answer several requests at once, because nobody reads them then. */
export function requestId(text: string): string {
  if (/^[\w-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('Write the id as `cardea approvals list` shows it.')
}
