import { describe, expect, test } from '@jest/globals'
import { onEveryEngine } from './support/engines.js'

onEveryEngine('a governed handle', stand => {
  test('reads, masks and writes as Knex does', async () => {
    const { db, governor } = stand().handle()
    expect(await db('users').select('id', 'name', 'email').orderBy('id')).toEqual([
      { id: 1, name: 'Ada', email: '***' },
      { id: 2, name: 'Bob', email: '***' },
    ])
    expect(await db('users').where({ id: 1 }).first('name')).toEqual({ name: 'Ada' })
    expect(await db('users').orderBy('id').pluck('name')).toEqual(['Ada', 'Bob'])
    expect(await db('numbers').insert({ n: 1 })).toBeDefined()
    expect(await db('numbers').where({ n: 1 }).update({ n: 2 })).toBe(1)
    expect(await db('numbers').where({ n: 2 }).del()).toBe(1)
    expect(governor.seen.governed.length).toBe(governor.seen.withPass.length)
  })
})
