/**
 * The world of the interop tests: a real PostgreSQL, a real OpenID provider, and real gateway processes.
 *
 * Prints one line of JSON once all stands, takes commands on a loopback address, and ends, with everything
 * that it started, when its standard input does or it is asked to.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startControl } from './world/control.js'
import { openDatabase } from './world/database.js'
import { Gateways } from './world/gateways.js'
import { openPeople } from './world/people.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cardea = [process.execPath, join(root, 'dist', 'cli', 'main.js')] as const

const directory = mkdtempSync(join(tmpdir(), 'cardea-interop-'))
const ends: (() => Promise<unknown>)[] = [async () => rmSync(directory, { recursive: true, force: true })]

try {
  const [database, people] = await Promise.all([openDatabase(), openPeople(directory)])
  ends.unshift(database.close, people.close)
  const gateways = new Gateways({ cardea, directory, database, people })
  ends.unshift(() => gateways.close())
  await gateways.prepare()
  const control = await startControl({ database, people, gateways })
  ends.unshift(control.close)
  const told = { root, cardea, control: control.url, issuer: people.issuer, ...gateways.told() }
  process.stdout.write(`${JSON.stringify(told)}\n`)
  process.stdin.resume()
  await new Promise(resolve => {
    for (const end of ['end', 'close']) process.stdin.once(end, resolve)
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve)
  })
} finally {
  for (const end of ends) await end()
}
