import type { Command } from 'commander'
import type { Console } from '../console.js'
import { type JudgeOptions, signedIn } from '../credentials/signed-in.js'
import { principalJson, principalLines } from '../credentials/who.js'
import { judgeOptions } from '../options.js'

interface WhoamiOptions extends JudgeOptions {
  readonly json?: true
}

/** `cardea whoami`: the principal that the token makes, checked as at any enforcement point. */
export function addWhoami(program: Command, console: Console): void {
  const whoami = program
    .command('whoami')
    .description('say who you are to Cardea, and until when')
    .option('--issuer <url>', 'the issuer; default: the one of cardea login')
  judgeOptions(whoami)
    .option('--json', 'print the principal as JSON')
    .action(async ({ json, ...options }: WhoamiOptions) => {
      const principal = await signedIn(console, options)
      if (json === true) console.json(principalJson(principal))
      else console.print(...principalLines(principal))
    })
}
