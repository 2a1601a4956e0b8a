import { type Command, InvalidArgumentError } from 'commander'
import { COULD_NOT, Exit } from '../exit.js'
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

/** @throws Exit 2 without a server or a token. */
export async function openInbox(options: InboxOptions): Promise<Inbox> {
  const inbox = inboxClient(await serverFrom(options), ownToken)
  await ownToken()
  return inbox
}

/** The token is never an argument: other users of a machine can see those. */
async function ownToken(): Promise<string> {
  const token = process.env['CARDEA_TOKEN']?.trim()
  if (token !== undefined && token !== '') return token
  throw new Exit(COULD_NOT, 'Nobody is signed in: set CARDEA_TOKEN to an access token.')
}

/** One id: there is no way to answer several requests at once, because nobody reads them then. */
export function requestId(text: string): string {
  if (/^[\w-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('Write the id as `cardea approvals list` shows it.')
}
