/** What masking adds to reading rows: pg's own fetch and parse of them, and the masks on what it returns. */

import pg from 'pg'
import { createMasker } from '../../src/masking/create-masker.js'
import type { ColumnMask } from '../../src/model/decision.js'
import { isRefusal } from '../../src/model/refusal.js'
import type { Row } from '../../src/model/result.js'
import { executed, rows } from '../masking/support.js'
import { locatePostgres, startPostgres } from '../support/servers/postgres.js'
import { alternate, oneByOne } from './rounds.js'
import type { Section } from './section.js'

const MASKING = 'masking the same rows'
const READING = 'reading each character of their texts once'
const SCAN: ColumnMask = { method: 'scan' }

/** 10,000 rows of eight columns: one labelled `pan`, seven scanned. */
export async function maskedRowsSection(quick: boolean): Promise<Section> {
  const server = await startPostgres(await locatePostgres(), [])
  const { log: _, ...address } = server.address
  const client = new pg.Client(address)
  try {
    await client.connect()
    await client.query(`
      create table orders as select n as id, 'Holder ' || n as holder,
        (array['4111111111111111', '5555555555554444', '378282246310005'])[1 + n % 3] as pan,
        'user' || n || '@example.com' as email, n * 1.25 as amount, timestamptz '2026-01-01' + n * interval '1 min' as at,
        md5(n::text)::uuid as reference, 'asked on 2026-01-05 about invoice ' || n * 977 || ', call +44 20 7946 0958' as note
      from generate_series(1, 10000) n`)
    const read = () => client.query({ text: 'select * from orders', rowMode: 'array' })
    const { fields, rows: data } = await read()
    const masks = fields.map(
      ({ name }): ColumnMask => (name === 'pan' ? { method: 'partial', label: 'pan' } : SCAN),
    )
    const named = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }))
    const masker = createMasker()
    const numbers = fields.findIndex(({ name }) => name === 'pan')
    const pans = data.map(row => row[numbers])
    const mask = (): void => {
      // Rows are masked in place.
      for (const [i, row] of data.entries()) row[numbers] = pans[i]
      const outcome = masker.mask(executed({ result: rows(named, ...(data as Row[])), mask: masks }))
      if (isRefusal(outcome)) throw new Error(outcome.code)
    }
    return {
      title: '10,000 rows × 8 mixed columns',
      target: 'masking ≤ 15 % of fetch and parse',
      within: { name: MASKING, against: 0, ratio: 0.15 },
      results: await alternate(
        [
          oneByOne('pg, fetch and parse', read),
          oneByOne(MASKING, mask),
          oneByOne(READING, () => charactersOf(data)),
        ],
        { baselines: 1, rounds: quick ? 3 : 21, times: quick ? 1 : 3 },
      ),
    }
  } finally {
    await client.end()
    await server.stop()
  }
}

/** What a loop over the texts costs that does nothing with them, for comparison. */
function charactersOf(data: readonly (readonly unknown[])[]): number {
  let seen = 0
  for (const row of data) {
    for (const cell of row) {
      if (typeof cell !== 'string') continue
      for (let at = 0; at < cell.length; at++) seen |= cell.charCodeAt(at)
    }
  }
  return seen
}
