/** What happens beside statements is on record: which policy holds, and who looked at what without running anything. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import makeKnex, { type Knex } from 'knex'
import { GovernedWorkbench } from '../../../src/agents/workbench/governed-workbench.js'
import { memorySink } from '../../../src/audit/sinks/memory.js'
import { GovernedConnection } from '../../../src/governed-connection.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { parsePolicy } from '../../../src/policy/load.js'
import { alice, described } from '../kit.js'

const POLICY = `
version: 1
rules:
  - { id: reads, effect: allow, when: { kind: select, relation: orders }, reason: Orders may be read. }
`

describe('on record beside statements', () => {
  let knex: Knex
  let connection: GovernedConnection
  let records: readonly AuditRecord[]
  const details = (event: string) =>
    records.flatMap(record => (record.event === event && 'detail' in record ? [record.detail] : []))

  beforeEach(async () => {
    knex = makeKnex({ client: 'better-sqlite3', connection: ':memory:', useNullAsDefault: true })
    await knex.schema.createTable('orders', table => table.integer('id').primary())
    const sink = memorySink()
    records = sink.records
    const audit = described({ ...sink, durable: true })
    connection = await GovernedConnection.wrap(knex, { policy: parsePolicy(POLICY), audit })
  })
  afterEach(async () => {
    await connection.close()
    await knex.destroy()
  })

  test('a policy, and the one before it', async () => {
    const second = parsePolicy(POLICY.replace('may be read', 'can be read'))
    await connection.replacePolicy(second)
    const [first, after] = details('policy.load')
    expect(first).not.toHaveProperty('before')
    expect(after).toMatchObject({ hash: second.hash, before: parsePolicy(POLICY).hash })
  })

  test('who asked what would become of a statement, and not what is in it', async () => {
    await connection.explain("select id from orders where id = '4111111111111111'", [], alice)
    const [only, ...others] = details('statement.explain')
    expect(others).toEqual([])
    expect(only).toMatchObject({
      principal: { subject: alice.subject, issuer: alice.issuer },
      point: 'explain',
      kind: 'select',
      decision: { effect: 'allow', rule: 'reads' },
    })
    expect(JSON.stringify(records)).not.toContain('4111111111111111')
  })

  test('which tables an agent asked for, before it is told', async () => {
    const agent = { framework: 'autogen', id: 'billing-bot' }
    const tools = new GovernedWorkbench(connection.statements(alice, { agent, point: 'mcp' }))
    await tools.callTool('list_tables', {})
    await tools.callTool('describe_table', { table: 'cards 4111111111111111' })
    await tools.callTool('explain_policy', { sql: 'delete from orders' })
    expect(details('catalog.read')).toEqual([
      expect.objectContaining({
        agent,
        point: 'mcp',
        principal: expect.objectContaining({ subject: alice.subject }),
      }),
      expect.objectContaining({ table: 'cards 411111******1111' }),
    ])
    expect(details('statement.explain')).toEqual([
      expect.objectContaining({ decision: expect.objectContaining({ effect: 'deny' }) }),
    ])
  })

  test('or nothing is told', async () => {
    await connection.close()
    const tools = new GovernedWorkbench(connection.statements(alice, { point: 'mcp' }))
    const answers = await Promise.all([
      tools.callTool('list_tables', {}),
      tools.callTool('describe_table', { table: 'orders' }),
      tools.callTool('explain_policy', { sql: 'select id from orders' }),
    ])
    expect(answers.map(({ is_error }) => is_error)).toEqual([true, true, true])
  })
})
