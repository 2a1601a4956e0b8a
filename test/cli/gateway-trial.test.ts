/** `cardea gateway --upstream`: one line, one database, one token. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import pg from 'pg'
import { verifyTrail } from '../../src/audit/verify.js'
import { describePostgres, postgres } from '../support/databases.js'
import { program } from './program.js'
import { cardea } from './support.js'

describePostgres('a trial', () => {
  test('prints the line to connect with, and lets nobody in without it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cardea-trial-'))
    const database = await postgres.database()
    const policy = join(directory, 'policy.yaml')
    writeFileSync(policy, 'version: 1\nextends: pci-baseline\n')
    const url = new URL(database.url)
    const { password } = url
    url.password = ''
    const audit = join(directory, 'trail')
    const one = program(
      [
        'gateway',
        '--upstream',
        url.href,
        '--policy',
        policy,
        '--listen',
        '127.0.0.1:0',
        '--audit',
        audit,
        '--as',
        'alice',
      ],
      { PGPASSWORD: decodeURIComponent(password) },
    )
    try {
      const line = await one.says(/psql (postgres:\S+)/)
      expect(one.err()).toContain('whoever has the token in this line is "alice"')
      const token = new URL(line).password
      expect(token).toMatch(/^[\w-]{32}$/)
      expect(one.out()).not.toContain(token)
      const client = new pg.Client(line)
      await client.connect()
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      await client.end()
      const other = new pg.Client(line.replace(token, 'x'.repeat(32)))
      await expect(other.connect()).rejects.toMatchObject({ code: '28P01' })
      writeFileSync(policy, 'version: 1\nextends: pci-baseline\n# another\n')
      one.child.kill('SIGHUP')
      const reloaded = /"msg":"([^"]*configuration[^"]*)"/
      while (!reloaded.test(one.out())) await new Promise(done => setTimeout(done, 25))
      expect(reloaded.exec(one.out())?.[1]).toBe('configuration reloaded')
      const again = new pg.Client(line)
      await again.connect()
      await again.end()
      one.child.kill('SIGTERM')
      expect((await one.ended()).code).toBe(0)
      const [dataSource] = url.pathname.slice(1).split('/')
      expect((await verifyTrail(join(audit, dataSource ?? ''))).status).toBe('whole')
      const found = await cardea('audit', 'search', join(audit, dataSource ?? ''), '--principal', 'alice')
      expect(found.err).toMatch(/^ *1 found$/m)
    } finally {
      one.child.kill('SIGKILL')
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})

test.each([
  [[], 'Say what to serve: --config, or --upstream for a trial'],
  [['--upstream', 'postgres://app@127.0.0.1/x'], 'A trial needs --upstream and --policy'],
  [['--config', 'x.yaml', '--as', 'alice'], '--as is for a trial'],
])('cardea gateway %j says what is missing', async (given, said) => {
  const { code, err } = await cardea('gateway', ...given)
  expect([code, err]).toEqual([2, expect.stringContaining(said)])
})
