import { type Command, InvalidArgumentError, Option } from 'commander'

/** For an option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** Milliseconds since the Unix epoch; a time without an offset would mean another moment on another machine. */
export function instant(text: string): number {
  const complete = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const milliseconds = complete ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) {
    throw new InvalidArgumentError(
      'Write a date (UTC) or a date and time with an offset: 2026-12-18T09:00:00+01:00.',
    )
  }
  return milliseconds
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.')
  return Number(text)
}

/** Adds the options by which a token is judged, all but its issuer. */
export function judgeOptions(command: Command): Command {
  return command
    .option('--audience <name>', 'whom the token must be meant for; default: the one of cardea login')
    .option('--ca <file>', 'certificates that vouch for the issuer, PEM; default: those of cardea login')
    .addOption(
      new Option('--token-type <kind>', 'which kind of JWT is accepted, as for oidc()').choices([
        'at+jwt',
        'jwt',
        'id-token',
      ]),
    )
    .option('--groups-claim <path>', 'where groups are, such as realm_access.roles; default: groups')
}
