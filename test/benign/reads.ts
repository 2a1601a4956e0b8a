/** Runs tables of reads that must be allowed and give exactly what the database gives without governance. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describePostgres } from '../support/databases.js'
import { ask, openShop, type Shop, type Statement } from './shop.js'

export function sameReads(title: string, tables: Readonly<Record<string, readonly Statement[]>>): void {
  describePostgres(title, () => {
    let shop: Shop
    beforeAll(async () => {
      shop = await openShop()
    })
    afterAll(() => shop.close())

    for (const [name, statements] of Object.entries(tables)) {
      test.each(statements.map(statement => ({ statement })))(
        `${name}: $statement`,
        async ({ statement }) => {
          expect(await shop.verdict(statement)).toMatchObject({ effect: 'allow' })
          expect(await ask(shop.governed, statement)).toStrictEqual(await ask(shop.plain, statement))
        },
      )
    }
  })
}

/** Tables, by rule, of what people do send and the baseline refuses with a reason. */
export function refusedReads(title: string, tables: Readonly<Record<string, readonly Statement[]>>): void {
  describePostgres(title, () => {
    let shop: Shop
    beforeAll(async () => {
      shop = await openShop()
    })
    afterAll(() => shop.close())

    for (const [rule, statements] of Object.entries(tables)) {
      test.each(statements.map(statement => ({ statement })))(
        `${rule}: $statement`,
        async ({ statement }) => {
          await ask(shop.plain, statement)
          expect(await shop.verdict(statement)).toMatchObject({ effect: 'deny', rule })
          await expect(ask(shop.governed, statement)).rejects.toThrow('[rule ')
        },
      )
    }
  })
}
