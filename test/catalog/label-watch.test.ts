/** A label rule that a migration leaves without its column says so, at once and on record. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import makeKnex, { type Knex } from 'knex'
import { fileTrail, GovernedConnection, type MemorySink, memorySink, parsePolicy } from '../../src/index.js'

const POLICY = `
version: 1
extends: pci-baseline
labels:
  - { column: cards.pan, label: pan }
  - { column: cards.holder, label: secret }
`
const alice = { subject: 'alice', issuer: 'https://login.corp.example' }

let directory: string
let raw: Knex
let sink: MemorySink
let governed: GovernedConnection
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cardea-labels-'))
  raw = makeKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
  await raw.raw('create table cards (id integer primary key, pan text, holder text)')
  sink = memorySink()
  const policy = parsePolicy(POLICY, { file: 'policy.yaml' })
  governed = await GovernedConnection.wrap(raw, {
    policy,
    audit: [fileTrail({ directory, durability: 'os' }), sink],
  })
})
afterEach(async () => {
  await governed.close()
  await raw.destroy()
  rmSync(directory, { recursive: true, force: true })
})

test('a renamed column is recorded as a failed control, once', async () => {
  const db = governed.as(alice)
  await db('cards').select('id')
  await raw.raw('alter table cards rename column pan to number')
  // A name that the picture does not know makes Cardea look at the database again.
  await db.raw('select number from cards')
  await raw.raw('alter table cards add column later text')
  await db.raw('select later from cards')
  const failures = sink.records.filter(record => record.event === 'control.fail')
  expect(failures).toMatchObject([
    { detail: { control: 'labels', unmatched: [{ column: 'cards.pan', label: 'pan' }] } },
  ])
})
