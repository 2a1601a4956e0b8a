/** How the gateway signs in to MySQL proper: `caching_sha2_password` over TLS, under the server's RSA key, and from the server's memory. */
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import { MysqlConnection } from '../../../src/enforcement/upstream/mysql/connection.js'
import { ask } from '../../../src/enforcement/upstream/mysql/housekeeping.js'
import { type MysqlTarget, mysqlTarget } from '../../../src/enforcement/upstream/mysql/target.js'
import { type Database, describeMariadb, mariadb } from '../../support/databases.js'

describeMariadb('signing in to MySQL', () => {
  let database: Database
  let admin: mysql.Connection
  let number = 0
  beforeAll(async () => {
    database = await mariadb.database()
    admin = await mysql.createConnection(database.url)
  })
  afterAll(async () => {
    await admin.end()
    await database.drop()
  })

  /** A new account, which the server has no memory of: it asks for the password in full. */
  async function account(password: string, more = ''): Promise<string> {
    number += 1
    const user = `account${number}_${database.database.slice(-6)}`
    await admin.query(`create user ${user}@'127.0.0.1' identified by ? ${more}`, [password])
    await admin.query(`grant all on ${database.database}.* to ${user}@'127.0.0.1'`)
    return user
  }

  async function signIn(user: string, password: string, options = ''): Promise<string | null | undefined> {
    const target: MysqlTarget = { ...mysqlTarget(`${database.url}${options}`), user, password }
    const connection = await MysqlConnection.open(target, 1_000_000, new AbortController().signal)
    try {
      const [[name], [, cipher] = []] = (await Promise.all([
        ask(connection, 'select current_user()'),
        ask(connection, "show session status like 'Ssl_cipher'"),
      ]).then(([[one = []], [other = []]]) => [one, other])) as [
        readonly (string | null)[],
        (string | null)[]?,
      ]
      expect(name).toBe(`${user}@127.0.0.1`)
      return cipher
    } finally {
      connection.destroy()
    }
  }

  const PASSWORDS = ['plain', 'pass wörd € 😀', 'p'.repeat(20), 'long '.repeat(40), 'quote \' \\ " ` %']

  test.each(PASSWORDS.map((password, at) => [at, password] as const))(
    'password %i without TLS: first under the RSA key, then from memory',
    async (_at, password) => {
      const user = await account(password)
      expect(await signIn(user, password)).toBe('')
      expect(await signIn(user, password)).toBe('')
      await expect(signIn(user, `${password}x`)).rejects.toMatchObject({
        message: expect.not.stringContaining(password),
      })
    },
  )

  test.each(PASSWORDS.map((password, at) => [at, password] as const))(
    'password %i over TLS, in full and from memory',
    async (_at, password) => {
      const user = await account(password)
      expect(await signIn(user, password, '?ssl-mode=REQUIRED')).toMatch(/^TLS/)
      expect(await signIn(user, password, '?ssl-mode=REQUIRED')).toMatch(/^TLS/)
    },
  )

  test('the server’s certificate is verified by its authority, and refused by name', async () => {
    const [[row]] = (await admin.query('select @@datadir as place')) as unknown as [[{ place: string }]]
    const authority = encodeURIComponent(join(dirname(join(row.place, 'x')), 'ca.pem'))
    const user = await account('secret')
    expect(await signIn(user, 'secret', `?ssl-mode=VERIFY_CA&ssl-ca=${authority}`)).toMatch(/^TLS/)
    await expect(
      signIn(user, 'secret', `?ssl-mode=VERIFY_IDENTITY&ssl-ca=${authority}`),
    ).rejects.toMatchObject({
      code: 'CARDEA_CONNECTION_FAILED',
    })
    await expect(signIn(user, 'secret', '?ssl-mode=VERIFY_CA')).rejects.toMatchObject({
      code: 'CARDEA_CONNECTION_FAILED',
    })
  })

  test('an account that asks for TLS gets it or nothing', async () => {
    const user = await account('secret', 'require ssl')
    await expect(signIn(user, 'secret')).rejects.toThrow()
    expect(await signIn(user, 'secret', '?ssl-mode=REQUIRED')).toMatch(/^TLS/)
  })

  test('no password at all, and one that has expired', async () => {
    expect(await signIn(await account(''), '')).toBe('')
    await expect(signIn(await account('old', 'password expire'), 'old')).rejects.toThrow()
  })

  test('a way to sign in that is not known is refused without a word of the password', async () => {
    const user = `sha256_${database.database.slice(-6)}`
    await admin.query(`create user ${user}@'127.0.0.1' identified with sha256_password by 'top secret'`)
    const refused = signIn(user, 'top secret')
    await expect(refused).rejects.toMatchObject({ code: 'CARDEA_CONNECTION_FAILED' })
    await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining('top secret') })
  })
})
