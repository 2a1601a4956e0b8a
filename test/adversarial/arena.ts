/**
 * The twins with everything that a schema can hold around them: nested views, inheritance, partitions,
 * domains, routines. An attack runs on both; a caller who can tell them apart has learnt something.
 */
import { readFileSync } from 'node:fs'
import { CardeaError, DatabaseError, type Explanation } from '../../src/index.js'
import { alice, openHouse, type TestHouse } from '../main-job/house.js'

const policy = `
version: 1
extends: pci-baseline
labels:
  - { column: 'cards.pan', label: pan }
  - { column: 'cards.cvv', label: sad }
  - { column: '*.customers.ssn', label: ssn }
  - { column: 'public."Mixed Case"."P.A.N"', label: pan }
  - { column: archive.pan, label: pan }
  - { column: parted.pan, label: pan }
  - { column: typed.pan, label: pan }
  - { column: 'many.p*', label: pan }
  - { column: tokens.pan, label: pan }
  - { column: lonely.ssn, label: ssn }
  - { column: 'comp.card*', label: pan }
  - { column: 'aaaa*.ssn', label: ssn }
  - { column: 'public."select"."Group By"', label: ssn }
  - { column: mlp.pan, label: pan }
`

/** What an agent may expect of a statement. */
export type Verdict = 'deny' | 'approval' | 'allow'

export interface Arena {
  readonly a: TestHouse
  readonly b: TestHouse
  explain(sql: string): Promise<Explanation>
  close(): Promise<void>
}

export async function openArena(): Promise<Arena> {
  const schema = readFileSync(new URL('./arena.sql', import.meta.url), 'utf8')
  const open = (twin: 'A' | 'B') => openHouse({ twin, policy, setup: schema })
  const [a, b] = await Promise.all([open('A'), open('B')])
  return {
    a,
    b,
    explain: sql => a.governed.explain(sql.replaceAll('?', '\\?'), [], alice),
    close: async () => {
      await Promise.all([a.close(), b.close()])
    },
  }
}

/** Everything that a caller can observe, but for time and ids. Anything but our own errors is thrown. */
export async function seen(house: TestHouse, sql: string, knex = house.db): Promise<object> {
  try {
    const { rows, rowCount, command, fields } = await knex.raw(sql.replaceAll('?', '\\?'))
    return { rows, rowCount, command, names: fields?.map((field: { name: string }) => field.name) }
  } catch (error) {
    if (!(error instanceof CardeaError) && !(error instanceof DatabaseError)) throw error
    return { ...error, message: error.message.replace(/\(decision \w+\)/, ''), decisionId: undefined }
  }
}

export async function onBoth(arena: Arena, sql: string): Promise<readonly [object, object]> {
  return [await seen(arena.a, sql), await seen(arena.b, sql)]
}

const VERDICTS = { deny: 'deny', require_approval: 'approval', allow: 'allow' } as const

export async function verdictOf(arena: Arena, sql: string): Promise<Verdict> {
  return VERDICTS[(await arena.explain(sql)).decision.effect]
}
