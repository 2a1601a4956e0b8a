import { type Command, Option } from 'commander'
import type { Console } from '../console.js'
import { type JudgeOptions, signedIn } from '../credentials/signed-in.js'
import { principalJson, principalLines } from '../credentials/who.js'

interface WhoamiOptions extends JudgeOptions {
  readonly json?: true
}

/** `cardea whoami`: the principal that the token makes, checked as at any enforcement point. */
export function addWhoami(program: Command, console: Console): void {
  program
    .command('whoami')
    .description('say who you are to Cardea, and until when')
    .option('--issuer <url>', 'the issuer; default: the one of cardea login')
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
    .option('--json', 'print the principal as JSON')
    .action(async ({ json, ...options }: WhoamiOptions) => {
      const principal = await signedIn(console, options)
      if (json === true) console.json(principalJson(principal))
      else console.print(...principalLines(principal))
    })
}
