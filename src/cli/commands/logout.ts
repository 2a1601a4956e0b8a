import type { Command } from 'commander'
import type { Console } from '../console.js'
import { signOut } from '../credentials/present-token.js'
import { COULD_NOT } from '../exit.js'

/** `cardea logout`: gives the tokens back to the issuer and deletes them here. */
export function addLogout(program: Command, console: Console): void {
  program
    .command('logout')
    .description('take the tokens back at the issuer and delete them here')
    .action(async () => {
      const left = await signOut(console.clock)
      if (left === null) {
        console.note('nobody was signed in')
        return
      }
      console.note('signed out')
      // Many issuers cannot take back an access token that is a JWT; it ends soon by itself.
      if (left.length > 0) console.note(`warning: the issuer did not take back the ${left.join(' and the ')}`)
      if (left.includes('refresh token')) console.exit(COULD_NOT)
    })
}
