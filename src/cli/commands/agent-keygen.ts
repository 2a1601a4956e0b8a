import { generateKeyPairSync } from 'node:crypto'
import type { Command } from 'commander'
import { keyId } from '../../identity/agent-tokens/keys.js'
import type { Console } from '../console.js'
import { writeNewPrivateFile } from '../credentials/private-file.js'

/** `cardea agent keygen`: a key to mint with, and its public half to verify with. */
export function addAgentKeygen(agent: Command, console: Console): void {
  agent
    .command('keygen')
    .description('make a key for agent tokens; its public half goes to standard output')
    .requiredOption('--out <file>', 'where the private key goes; it must not exist yet')
    .action(async ({ out }: { readonly out: string }) => {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      await writeNewPrivateFile(out, pem, 'The signing key')
      console.print(publicKey.export({ type: 'spki', format: 'pem' }).toString().trimEnd())
      console.note(`wrote ${out}, key ${keyId(publicKey)}: only who mints may read it`)
    })
}
