/** Result types of the database's own, in binary: nothing that masking cannot read shows a card number. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { PAN, TABLES } from '../../../support/billing.js'
import { describePostgres } from '../../../support/databases.js'
import { openWire, type Wire } from '../kit.js'
import { bind, execute, parse, rawClient, SYNC } from '../raw-client.js'

describePostgres('types of the database’s own', () => {
  let wire: Wire
  beforeAll(async () => {
    wire = await openWire({
      tables: `${TABLES} create extension hstore; create table bags (id int, bag hstore);
        insert into bags values (1, hstore('note', '${PAN} ${'x'.repeat(36)}')), (2, hstore('colour', 'blue'));`,
    })
  })
  afterAll(() => wire.close())

  test.each([
    ['text', 0],
    ['binary', 1],
  ])('hstore in %s', async (_, format) => {
    const client = await rawClient(wire.port)
    const answers = await client.exchange(
      parse('', 'select bag from bags order by id'),
      bind('', '', { results: [format] }),
      execute(''),
      SYNC,
    )
    expect(answers.filter(({ type }) => type === 'D')).toHaveLength(2)
    expect(client.heard().includes(PAN)).toBe(false)
    expect(client.heard().includes('blue')).toBe(true)
    client.socket.destroy()
  })
})
