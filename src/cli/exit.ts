/** Exit codes, documented in docs/cli.md. `explain` and `audit verify` give some of them a meaning of their own. */
export const DONE = 0
/** What was checked does not hold: an invalid policy, a failed expectation. */
export const DOES_NOT_HOLD = 1
/** It could not be done: wrong usage, a missing file, an unreachable database. */
export const COULD_NOT = 2
/** The same of every `audit` command, where 1 and 2 say how a trail is. */
export const COULD_NOT_READ = 3

/** Ends a command with a code after its own words have been printed. */
export class Exit extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
  }
}
