import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { describePostgres } from '../support/databases.js'
import { type Arena, onBoth, openArena, type Verdict, verdictOf } from './arena.js'

export interface Attack {
  readonly verdict: Verdict
  readonly statements: readonly string[]
}

/** Each statement gets its verdict, and whoever sends it sees the same on both twins. */
export function describeAttacks(name: string, attacks: Readonly<Record<string, Attack>>): void {
  describePostgres(name, () => {
    let arena: Arena
    beforeAll(async () => {
      arena = await openArena()
    })
    afterAll(() => arena.close())

    for (const [title, { verdict, statements }] of Object.entries(attacks)) {
      describe(`${title}: ${verdict}`, () => {
        test.each(statements)('%s', async statement => {
          expect(await verdictOf(arena, statement)).toBe(verdict)
          const [one, other] = await onBoth(arena, statement)
          expect(one).toEqual(other)
        })
      })
    }
  })
}
