/** Exit codes, documented in docs/cli.md. `explain` and `audit verify` have codes of their own beside these. */
export const DONE = 0
/** What was checked does not hold: an invalid policy, a failed expectation. */
export const DOES_NOT_HOLD = 1
/** It could not be done: wrong usage, a missing file, an unreachable database. */
export const COULD_NOT = 2

/** Ends a command with a code after its own words have been printed. */
export class Exit extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
  }
}
