/** What clients of either protocol are told in the same words. Their codes are each protocol's own. */
import type { WireEnd } from './entrance.js'

/** Why the gateway ends a session. */
export const ENDED: Readonly<Record<WireEnd, string>> = Object.freeze({
  drain: 'The gateway is closing. Connect again.',
  killed: 'An operator has ended this session.',
  stopped: 'An operator has stopped this agent.',
  expired: 'The token has expired. Connect again with a new one.',
  idle: 'The session was idle for too long. Connect again.',
})

/** Why there is no session, or no further one. */
export const FULL =
  'All connections that this gateway takes are in use. Close clients that are not needed, or try again later.'
export const NOT_MADE = 'The connection could not be made. Try again.'
export const BROKEN = 'The session cannot go on. Connect again.'
export const LOST = 'The connection to the database is lost. Connect again.'
export const IN_DOUBT =
  'The connection to the database was lost at a write or its commit, which may have been carried out. Connect again, and look at the data before you repeat it.'
export const ROW_TOO_LONG =
  'The database sent a row that is longer than this gateway takes. Ask for less of it, in pieces. Connect again.'

/** Why a statement has no result, or no more of it. */
export const WITHHELD = 'The statement could not be carried out. Nothing more of it is released.'
export const STOPPED_LATE =
  'The database stopped the statement late; its own words may quote data and are withheld.'
export const SEND_AGAIN = 'Send the very same statement again once people have approved.'

/** @param how what to set in the client for TLS, for example `sslmode=verify-full`. */
export function cleartextRefused(offersTls: boolean, how: string): string {
  return offersTls
    ? `Clients without TLS are not let in, because the password is a token. Connect with ${how}.`
    : 'Without TLS only clients on the same machine are let in.'
}

export const USER_NO_NAME = 'The user name must be 1 to 128 printable ASCII characters. It names the agent.'

/** @param parameter what the client names its conversation with. */
export function conversationNoName(parameter: string): string {
  return `${parameter} must be 1 to 128 printable ASCII characters, without spaces at its ends.`
}
