import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { Command } from 'commander'
import { errorCode } from '../../audit/error-code.js'
import { generateRootKey } from '../../audit/keys/root-signer.js'
import { ConfigurationError } from '../../errors.js'
import type { Console } from '../console.js'
import { orCouldNotRead } from '../reading/reading-command.js'

/** `cardea audit keygen`: a root key for trails, to be kept where the trails are not. */
export function addAuditKeygen(audit: Command, console: Console): void {
  audit
    .command('keygen')
    .description(
      'make a root key that signs trails: the private key in a new file, the public one on standard output',
    )
    .argument('<file>', 'where the private key goes; it must not exist')
    .action((file: string) => orCouldNotRead(async () => keygen(console, file)))
}

function keygen(console: Console, file: string): void {
  const { privateKey, publicKey } = generateRootKey()
  writePrivate(file, privateKey)
  console.print(...publicKey.trimEnd().split('\n'))
  console.note(
    `The private key is in ${file}, readable by you alone. Keep it where whoever can write to the trails cannot read it.`,
  )
}

function writePrivate(file: string, pem: string): void {
  try {
    const handle = openSync(file, 'wx', 0o600)
    try {
      writeSync(handle, pem)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    const why = errorCode(error) === 'EEXIST' ? 'it exists already' : (errorCode(error) ?? 'error')
    throw new ConfigurationError(`The key cannot be written to ${file}: ${why}.`, { cause: error })
  }
}
