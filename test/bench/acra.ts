/**
 * Acra, where `CARDEA_BENCH_ACRA` names a directory with its programs: a proxy that reads every statement, refuses by
 * patterns and masks what was encrypted through it. Its log says what it refused; it keeps no record of what it let pass.
 *
 * @see https://github.com/cossacklabs/acra
 */
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../support/servers/process.js'

export interface Acra {
  readonly port: number
  readonly pids: readonly number[]
}

const MASKING = `schemas:
  - table: cards
    columns: [id, customer_id, pan, brand, holder, expires, balance, note]
    encrypted:
      - { column: pan, masking: xxxx, plaintext_length: 4, plaintext_side: right }
`
const CENSOR = `version: 0.85.0
handlers:
  - handler: deny
    patterns: ['%%DELETE%%']
  - handler: allowall
`

/** @returns undefined where there is none. */
export async function openAcra(
  engine: 'postgresql' | 'mysql',
  behind: number,
  directory: string,
  ends: (() => Promise<unknown>)[],
): Promise<Acra | undefined> {
  const programs = process.env['CARDEA_BENCH_ACRA']
  if (programs === undefined) return undefined
  const own = join(directory, 'acra')
  mkdirSync(own)
  const file = (name: string, text: string): string => {
    writeFileSync(join(own, name), text)
    return join(own, name)
  }
  const maker = join(programs, 'acra-keymaker')
  const run = promisify(execFile)
  const key = join(own, 'master')
  await run(maker, ['--keystore=v1', `--generate_master_key=${key}`], { cwd: own })
  const env = { ...process.env, ACRA_MASTER_KEY: readFileSync(key).toString('base64') }
  const client = '--client_id=benchclient'
  const keys = join(own, 'keys')
  const made = ['--generate_acrawriter_keys', '--generate_symmetric_storage_key', `--keys_output_dir=${keys}`]
  await run(maker, ['--keystore=v1', client, ...made], { cwd: own, env })
  const [port, api] = [await freePort(), await freePort()]
  const args = [
    `--config_file=${file('acra.yaml', 'version: 0.96.0\n')}`,
    ...[`--${engine}_enable=true`, '--db_host=127.0.0.1', `--db_port=${behind}`],
    ...[client, '--tls_client_id_from_cert=false', `--keys_dir=${keys}`],
    ...['--incoming_connection_host=127.0.0.1', `--incoming_connection_port=${port}`],
    `--incoming_connection_api_port=${api}`,
    `--encryptor_config_file=${file('encryptor.yaml', MASKING)}`,
    `--acracensor_config_file=${file('censor.yaml', CENSOR)}`,
  ]
  const child = spawn(join(programs, 'acra-server'), args, { cwd: own, env, stdio: 'ignore' })
  const closed = new Promise(done => child.once('close', done))
  ends.unshift(() => {
    child.kill('SIGKILL')
    return closed
  })
  await listening(port)
  return { port, pids: [child.pid ?? 0] }
}

/** Waits ten seconds at most. */
export async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answered = await new Promise<boolean>(done => {
      const socket = connect(port, '127.0.0.1')
      socket.once('error', () => done(false))
      socket.once('connect', () => {
        socket.destroy()
        done(true)
      })
    })
    if (answered) return
    await new Promise(done => setTimeout(done, 100))
  }
  throw new Error(`Nobody listens on port ${port}.`)
}
