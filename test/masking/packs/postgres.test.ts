/** What a policy asks detectors for, on a real database: in process and through the PostgreSQL door, in text and binary. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type ApprovalCallback, type ApprovalRequest, definePolicy } from '../../../src/index.js'
import { openWire, type Wire } from '../../enforcement/postgres/kit.js'
import { bind, execute, parse, rawClient, SYNC } from '../../enforcement/postgres/raw-client.js'
import { POLICY, TABLES } from '../../support/billing.js'
import { describePostgres } from '../../support/databases.js'

const issuer = 'https://login.corp.example'
const ALICE = 'alice.adams@corp.example'
const TOKEN = `glpat-${'a1B2c3D4e5'.repeat(2)}`
const PASSWORD = 'hunter2x'

const PEOPLE = `${TABLES}
  create table people (id int primary key, email text, note text, doc jsonb, tags text[], born date, password text);
  insert into people values (1, '${ALICE}', 'token ${TOKEN}, mail ${ALICE}', '{"to": {"mail": "${ALICE}"}, "api_key": "${TOKEN}"}',
    array['${ALICE}', 'plain'], '1984-03-05', '${PASSWORD}'), (2, null, 'plain', '{}', '{}', null, null);`

/** Each makes the database or the record say something of Alice. */
const STATEMENTS = [
  'select email, note, doc, tags, born, password from people order by id',
  'select doc::text as text, doc::json as json from people',
  `select 1 as "${ALICE}"`,
  `select id from people where email = '${ALICE}' /* for ${ALICE} */`,
  `select 'password=${PASSWORD}' as setting`,
  'select note::int from people where id = 1',
  `select '${ALICE}'::int`,
  `selec '${ALICE}'`,
  `select nosuch from people where email = '${ALICE}'`,
  `drop table people -- ${ALICE}`,
]

/** A refusal tells callers which of their own names is unknown; the record does not. */
const OWN_WORDS = [`select id from "${ALICE}"`, `select "${ALICE}" from people`]

const SECRETS = [ALICE, TOKEN, PASSWORD]

interface Said {
  readonly process: string
  readonly text: string
  readonly binary: string
  readonly trail: string
}

describePostgres('a policy', () => {
  let wire: Wire
  let said: Said
  let requests: ApprovalRequest[]

  const opened = async (detect: string): Promise<void> => {
    requests = []
    const approval: ApprovalCallback = async request => {
      requests.push(request)
      return { decision: 'approved', approver: { subject: 'bob@corp.example', issuer }, reason: 'fine' }
    }
    wire = await openWire({ policy: `${POLICY}\n${detect}`, tables: PEOPLE, also: { approval } })
    said = await everything(wire)
  }

  describe('that asks for email and secret', () => {
    beforeAll(() => opened('detect: [email, secret]'))
    afterAll(() => wire.close())

    test.each(['process', 'text', 'binary', 'trail'] as const)('shows none of them: %s', where => {
      expect(SECRETS.filter(secret => said[where].includes(secret))).toEqual([])
      expect(said[where]).toContain('[redacted]')
    })

    test('shows what they did not ask for', () => {
      for (const where of ['process', 'text'] as const) {
        expect(said[where]).toContain('plain')
        expect(said[where]).toContain('1984-03')
      }
    })

    test('tells in process and in text the same rows', async () => {
      const [statement = ''] = STATEMENTS
      const client = await wire.connect()
      const through = await client.query(statement)
      await client.end()
      const { rows } = await handle(wire).raw(statement)
      expect(through.rows).toEqual(rows)
      expect(rows[0]).toMatchObject({
        email: '[redacted]',
        note: 'token [redacted], mail [redacted]',
        doc: { to: { mail: '[redacted]' }, api_key: '[redacted]' },
        tags: ['[redacted]', 'plain'],
        password: '[redacted]',
      })
      expect(rows[1]).toMatchObject({ email: null, note: 'plain', doc: {}, tags: [], password: null })
    })

    test('puts counts by pack on record, bindings masked, and who asked as they are', async () => {
      await handle(wire).raw('select email from people where email = ?', [ALICE])
      const record = wire
        .trail()
        .split('\n')
        .filter(line => line.includes('"fingerprint"') && line.includes('email = $1'))
        .at(-1)
      expect(record).toContain('"bindings":["[redacted]"]')
      expect(record).toContain('"subject":"carol@corp.example"')
    })

    test('an approver sees neither statement, values, preview nor claims of them, but who asks', async () => {
      const agent = { framework: 'test', id: 'bot', claimedReason: `because ${ALICE} said ${TOKEN}` }
      const asking = wire.governed.as({ subject: 'carol@corp.example', issuer }, { agent })
      await asking.raw(`update people set note = ? where email = '${ALICE}'`, [`now ${ALICE}`])
      const text = JSON.stringify(requests)
      expect(SECRETS.filter(secret => text.includes(secret))).toEqual([])
      expect(requests).toMatchObject([
        {
          statement: "update people set note = $1 where email = '[redacted]'",
          bindings: ['now [redacted]'],
          principal: { subject: 'carol@corp.example' },
          agent: { claimedReason: 'because [redacted] said [redacted]' },
        },
      ])
      expect(requests[0]?.preview).toBeDefined()
      expect(SECRETS.filter(secret => wire.trail().includes(secret))).toEqual([])
      expect(wire.trail()).toContain('bob@corp.example')
    })

    test('an explanation shows none of it', async () => {
      const explanation = await wire.governed.explain(`select 1 as "${ALICE}"`, [], {
        subject: 'carol',
        issuer,
      })
      expect(JSON.stringify(explanation)).not.toContain(ALICE)
      expect(explanation.decision.detect).toEqual(['email', 'secret'])
    })

    test('another policy in its place looks for what that one asks for', async () => {
      const read = async () =>
        (await handle(wire).raw('select email, password from people where id = 1')).rows[0]
      const base = { version: 1, extends: 'pci-baseline' } as const
      expect(await read()).toEqual({ email: '[redacted]', password: '[redacted]' })
      await wire.governed.replacePolicy(definePolicy(base))
      expect(await read()).toEqual({ email: ALICE, password: PASSWORD })
      await wire.governed.replacePolicy(definePolicy({ ...base, detect: ['email'] }))
      expect(await read()).toEqual({ email: '[redacted]', password: PASSWORD })
    })
  })

  describe('that asks for nothing', () => {
    beforeAll(() => opened(''))
    afterAll(() => wire.close())

    test.each(['process', 'text', 'binary', 'trail'] as const)('touches nothing of it: %s', where => {
      expect(SECRETS.filter(secret => !said[where].includes(secret))).toEqual([])
      // A record never shows the literals of what could not be analysed.
      if (where !== 'trail') expect(said[where]).not.toContain('[redacted]')
    })

    test('approvers see it, and decisions are as they were', async () => {
      await handle(wire).raw(`update people set note = 'x' where email = '${ALICE}'`)
      expect(requests[0]?.statement).toContain(ALICE)
      const { decision } = await wire.governed.explain('select 1', [], { subject: 'carol', issuer })
      expect(decision).not.toHaveProperty('detect')
    })
  })
})

function handle(wire: Wire) {
  return wire.governed.as({
    subject: 'carol@corp.example',
    issuer,
    roles: ['support'],
  })
}

/** All that comes out at every door. */
async function everything(wire: Wire): Promise<Said> {
  const said = { process: '', text: '', binary: '' }
  const client = await wire.connect()
  const raw = await rawClient(wire.port)
  for (const statement of STATEMENTS) {
    said.process += told(await handle(wire).raw(statement).then(shown, failed))
    said.text += told(await client.query(statement).then(shown, failed))
    raw.send(parse('', statement), bind('', '', { results: [1] }), execute(''), SYNC)
    said.binary += (await raw.ready()).map(({ body }) => body.toString('latin1')).join('\n')
  }
  for (const statement of OWN_WORDS) {
    await handle(wire).raw(statement).catch(failed)
    await client.query(statement).catch(failed)
  }
  await client.end()
  raw.socket.destroy()
  return { ...said, trail: wire.trail() }
}

const told = (value: unknown): string => `${JSON.stringify(value)}\n`

function shown({
  rows,
  fields,
}: {
  readonly rows: unknown
  readonly fields: readonly { readonly name: string }[]
}) {
  return { rows, names: fields.map(({ name }) => name) }
}

function failed(error: unknown): unknown {
  return error instanceof Error ? { ...error, message: error.message } : error
}
