/**
 * What cannot be prevented inside one process, stated as tests so that nobody believes otherwise. The
 * gateway is the boundary against code like this; and two duties that belong to policy.
 */
import { EventEmitter } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { on, onEveryEngine, secret } from './support/engines.js'

describe('known limits of governance in one process', () => {
  on('postgres', 'hostile code in the same realm', stand => {
    test('patching a builder’s prototype catches the host’s own client', async () => {
      const { db } = stand().handle()
      const prototype = Reflect.getPrototypeOf(Reflect.getPrototypeOf(db('users')) ?? {}) as { then: unknown }
      const { then } = prototype
      const caught: unknown[] = []
      const spying = function (this: { client: unknown }, ...given: unknown[]) {
        caught.push(this.client)
        return Reflect.apply(then as () => unknown, this, given)
      }
      Reflect.set(prototype, 'then', spying)
      try {
        await stand().base('users').select('name')
      } finally {
        Reflect.set(prototype, 'then', then)
      }
      expect(caught).toContain(stand().base.client)
    })

    test('patching EventEmitter catches live connections', async () => {
      const { db } = stand().handle()
      const { emit } = EventEmitter.prototype
      const caught: object[] = []
      EventEmitter.prototype.emit = function (...given) {
        caught.push(this)
        return emit.apply(this, given)
      }
      try {
        await db('users').select('name')
      } finally {
        EventEmitter.prototype.emit = emit
      }
      expect(caught.some(one => 'processID' in one || 'parsedStatements' in one)).toBe(true)
    })

    test('a handle cannot keep anybody from importing the driver', async () => {
      const { db } = stand().handle()
      await expect(db('secrets').select()).rejects.toBeDefined()
      const { default: pg } = await import('pg')
      const client = new pg.Client(stand().base.client.connectionSettings)
      await client.connect()
      const { rows } = await client.query('select word from secrets')
      await client.end()
      expect(rows).toEqual([{ word: secret }])
    })
  })

  on('postgres', 'session state', stand => {
    test('outlives the handle on the shared pool unless the policy denies SET', async () => {
      const one = await stand().another({ min: 0, max: 1 })
      const { db } = one.handle()
      await db.raw("set application_name = 'left-behind'")
      const { rows } = await one.base.raw('show application_name')
      expect(rows[0].application_name).toBe('left-behind')
      await one.base.raw('reset application_name')
    })
  })

  onEveryEngine('laundered values', stand => {
    test('carry no origin: only static lineage knows where an expression comes from', async () => {
      const { db, governor } = stand().handle()
      const rows = await db('users').where({ id: 1 }).select(db.raw('substr(email, 1, 3) as x'))
      expect(rows).toEqual([{ x: 'ada' }])
      expect(governor.seen.fields.at(-1)?.[0]?.origin).toBeUndefined()
    })

    test('under a table’s name mislead the origin on MariaDB and SQLite', async () => {
      const { db, governor } = stand().handle()
      await db.raw('select name from (select email as name from users) as countries')
      const origin = governor.seen.fields.at(-1)?.[0]?.origin
      if (stand().engine === 'mariadb')
        expect(origin).toMatchObject({ relation: 'countries', column: 'name' })
      else expect(origin).toBeDefined()
    })
  })
})
