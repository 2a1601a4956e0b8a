/**
 * An attack that the server itself refuses proves nothing: every statement of the corpus that is to be
 * refused is one that the server would take, or is marked `inert`. Prepared only, never run.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Knex } from 'knex'
import { type CorpusStatement, readCorpus } from '../support/corpus.js'
import { describeMariadb, describePostgres } from '../support/databases.js'
import { ENGINES, type EngineName, openTwin, type Twin } from '../support/twins.js'

const ON = { postgres: describePostgres, mysql: describeMariadb, sqlite: describe } as const

for (const engine of ENGINES) {
  ON[engine](`corpus: what ${engine} itself takes`, () => {
    let twin: Twin
    let handle: unknown
    beforeAll(async () => {
      twin = await openTwin(engine, 'A')
      handle = await twin.raw.client.acquireConnection()
    })
    afterAll(async () => {
      await twin.raw.client.releaseConnection(handle)
      await twin.close()
    })

    test('refused statements are real ones', async () => {
      const unreal: string[] = []
      for (const one of readCorpus(engine).filter(isToBeRefused)) {
        const found = await problem(engine, handle, twin.spelled(one.sql))
        if (found !== undefined) unreal.push(`${one.id}: ${found}`)
      }
      expect(unreal).toEqual([])
    })
  })
}

/** Several statements in one text are never prepared; whether they run is the driver's matter. */
function isToBeRefused({ verdict, inert, class: found }: CorpusStatement): boolean {
  return verdict === 'deny' && inert !== true && found !== 'stacked'
}

async function problem(engine: EngineName, handle: unknown, sql: string): Promise<string | undefined> {
  try {
    await prepare[engine](handle, sql)
    return undefined
  } catch (error) {
    if (SEVERAL.test(String(error))) return undefined
    return String(error)
  }
}

const SEVERAL = /multiple commands|more than one statement|prepared statement protocol/u

const prepare: Readonly<Record<EngineName, (handle: unknown, sql: string) => unknown>> = {
  postgres: (handle, text) =>
    new Promise((resolve, reject) => {
      const query = {
        submit: (wire: { parse(message: object): void; sync(): void }) => {
          wire.parse({ text, name: '' })
          wire.sync()
        },
        handleError: reject,
        handleReadyForQuery: resolve,
      }
      ;(handle as { query(query: object): void }).query(query)
    }),
  mysql: (handle, sql) =>
    new Promise((resolve, reject) => {
      const connection = handle as Knex.Client & {
        prepare(sql: string, done: (error: Error | null, statement?: { close(): void }) => void): void
      }
      connection.prepare(sql, (error, statement) => {
        statement?.close()
        if (error === null) resolve(undefined)
        else reject(error)
      })
    }),
  sqlite: (handle, sql) => (handle as { prepare(sql: string): unknown }).prepare(sql),
}
