/**
 * The statement corpus through the PostgreSQL door: each is decided as it is in process, and a listener on the
 * socket reads every byte of it for the card numbers of the fixtures.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { loadCommandReader } from '../../../../src/analysis/session-commands.js'
import { allowedVerdicts, asRaw, readCorpus } from '../../../support/corpus.js'
import { describePostgres } from '../../../support/databases.js'
import { agent, policyOf } from '../../../support/twins.js'
import { openWire, type Wire } from '../kit.js'
import { bind, errorOf, execute, parse, query, rawClient, SYNC } from '../raw-client.js'
import { cardNumbers } from './card-numbers.js'

const FILES = ['../../../fixtures/twins/fixture.postgres.A.sql', '../../../corpus/postgres/schema.sql']
const TABLES = FILES.map(file => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n')
const SECRETS = cardNumbers(TABLES)

describePostgres('the corpus through the door', () => {
  const statements = readCorpus('postgres')
  const approver = { subject: 'bob', issuer: agent.issuer }
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire({
      tables: TABLES,
      policy: policyOf('postgres'),
      also: { approval: async () => ({ decision: 'approved', approver, reason: 'test' }) },
    })
  }, 60_000)
  afterAll(() => wire.close())

  const WAYS = ['simple', 'text', 'binary'] as const
  test.each(WAYS)(
    '%s: decided as in process, and no card number in any byte',
    async way => {
      const reader = await loadCommandReader()
      const client = await rawClient(wire.port)
      const wrong: object[] = []
      const seen = { refused: 0, ran: 0 }
      // Each statement goes one way, those with bindings never the simple one.
      const own = statements.filter(({ bindings, sql }, at) => {
        const its = bindings === undefined ? WAYS[at % 3] : WAYS[1 + (at % 2)]
        // The protocol has no word for a text with a zero byte in it.
        return its === way && !sql.includes('\0')
      })
      for (const one of own) {
        // A session's own commands, and texts of several, are judged by their parts.
        const commands = reader.read(one.sql)
        if (commands.length !== 1 || commands[0]?.kind !== 'statement') continue
        const [, bindings] = asRaw(one, 'postgres')
        const sql = numbered(one.sql, bindings.length)
        const { decision } = await wire.governed.explain(...asRaw(one, 'postgres'), agent)
        const values = bindings.map(value => (value === null ? null : Buffer.from(String(value))))
        const asked =
          way === 'simple'
            ? [query(sql)]
            : [parse('', sql), bind('', '', { values, results: [way === 'text' ? 0 : 1] }), execute(''), SYNC]
        client.send(query('begin'), ...asked, query('rollback'))
        const answers = await client.ready(3)
        const code = errorOf(answers)?.['C']
        const refused = code === '42501'
        if (refused) seen.refused += 1
        else seen.ran += 1
        const fits = decision.effect === 'deny' ? code !== undefined : !refused || isServers(answers)
        if (!fits) wrong.push({ id: one.id, sql, code, should: decision.effect, or: allowedVerdicts(one) })
      }
      const heard = client.heard().toString('latin1')
      client.socket.destroy()
      expect(wrong).toEqual([])
      expect(SECRETS.filter(secret => heard.includes(secret))).toEqual([])
      expect(seen.refused).toBeGreaterThan(50)
      expect(seen.ran).toBeGreaterThan(50)
    },
    120_000,
  )

  test('the fixtures hold card numbers, and the listener hears them where nobody stands between', async () => {
    expect(SECRETS.length).toBeGreaterThan(3)
    const rows = JSON.stringify(await wire.sql('select pan from cards'))
    expect(SECRETS.some(secret => rows.includes(secret))).toBe(true)
  })
})

/** Whether the error is the server's own: it has rights of its own to refuse. */
function isServers(answers: Parameters<typeof errorOf>[0]): boolean {
  return errorOf(answers)?.['M']?.startsWith('cardea: ') !== true
}

/** Knex counts question marks, PostgreSQL numbers. */
function numbered(sql: string, count: number): string {
  let at = 0
  return count === 0 ? sql : sql.replaceAll('?', () => `$${++at}`)
}
