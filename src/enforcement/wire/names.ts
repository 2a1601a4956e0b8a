/** Names that a client gives itself: they go to records, approvals and logs. */
import type { Agent } from '../../model/principal.js'

const NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/

/** Whether it is 1 to 128 printable ASCII characters, without spaces at its ends. */
export function isName(text: string): boolean {
  return NAME.test(text)
}

/**
 * The user names the agent; the program says what it is made of.
 *
 * @param user a name.
 */
export function agentOf(user: string, program: string | undefined): Agent {
  const framework = program !== undefined && isName(program) ? program : 'unknown'
  return Object.freeze({ framework, id: user })
}
