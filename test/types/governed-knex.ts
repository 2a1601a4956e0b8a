/** Compiled, never run: a governed handle is a Knex, with the types that the wrapped instance had. */
import type { Knex } from 'knex'
import type { GovernedKnex } from '../../src/enforcement/knex/handle.js'
import type { GovernedConnection } from '../../src/governed-connection.js'

interface User {
  readonly id: number
  readonly name: string
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Equal<A, B>): void {}

export async function rowsKeepTheirTypes(connection: GovernedConnection): Promise<void> {
  const db = connection.as({ subject: 'ada', issuer: 'tests' })
  const plain: Knex = db
  const rows = await db<User>('users').select('id', 'name')
  const plainRows = await plain<User>('users').select('id', 'name')
  same<typeof rows, typeof plainRows>(true)
  const first = await db<User>('users').first('name')
  same<typeof first, Pick<User, 'name'> | undefined>(true)
  const names = await db<User>('users').pluck('name')
  same<typeof names, string[]>(true)
  const counted = await db.transaction(async trx => (await trx<User>('users').select('id')).length)
  same<typeof counted, number>(true)
  // @ts-expect-error a value of the wrong type
  await db<User>('users').insert({ id: 'one' })
  // @ts-expect-error a value of the wrong type
  await db<User>('users').update({ id: 'one' })
}

export function anUngovernedKnexIsNotEnough(knex: Knex, needsGoverned: (db: GovernedKnex) => void): void {
  // @ts-expect-error only a governed handle is one
  needsGoverned(knex)
}

export function aTypedInstanceStaysTyped(
  connection: GovernedConnection<Knex<User, User[]>>,
): Knex<User, User[]> {
  return connection.as({ token: 'eyJ' })
}

export function internalsAreOutOfReach(connection: GovernedConnection): void {
  // @ts-expect-error there is no way to the host's instance
  connection.knex
}
