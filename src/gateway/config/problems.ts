import { ConfigurationError } from '../../errors.js'
import type { Problem } from '../../policy/cross-checks.js'
import { withoutCardNumbers } from '../../util/card-like.js'

/** A configuration file that does not parse or validate. One line-numbered entry per mistake. */
export class ConfigInvalidError extends ConfigurationError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map(problem => `  ${problem}`).join('\n')}`)
    this.problems = problems.map(withoutCardNumbers)
  }
}

/** Something that only a look beyond the file can tell, with the place in the file that it is about. */
export class Trouble extends Error {
  constructor(
    readonly path: Problem['path'],
    message: string,
  ) {
    super(message)
  }
}
