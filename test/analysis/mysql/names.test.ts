/** Which names are the same to the server: letters of both cases, one by one. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import mysql from 'mysql2/promise'
import { refuseUnclearName } from '../../../src/analysis/dialects/mysql/clear-names.js'
import { MYSQL_RULES } from '../../../src/analysis/dialects/mysql/rules.js'
import { type Database, describeMariadb, mariadb } from '../../support/databases.js'

describeMariadb('names in capital and small letters', () => {
  let database: Database
  let client: mysql.Connection
  beforeAll(async () => {
    database = await mariadb.database()
    client = await mysql.createConnection({ uri: database.url, charset: 'utf8mb4' })
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  test('are the same to the server where they are to us, as far as we understand them', async () => {
    const wrong: string[] = []
    let asked = 0
    for (let code = 0x80; code < 0x10000; code++) {
      const char = String.fromCodePoint(code)
      if (isSurrogate(code) || !isClear(char)) continue
      for (const other of new Set([char.toLowerCase(), char.toUpperCase(), ...stripped(char)])) {
        if (other === char || !isClear(other)) continue
        asked += 1
        const ours = MYSQL_RULES.fold(char) === MYSQL_RULES.fold(other)
        if ((await isSame(char, other)) !== ours) wrong.push(`${code.toString(16)} ${other}`)
      }
    }
    expect(wrong).toEqual([])
    expect(asked).toBeGreaterThan(500)
  })

  test('those that are not are refused', () => {
    for (const name of ['İd', 'trac\u212a', '\u01c5', 'Ⴀ', '😀', ' pan', '\tpan', '\u1e9e'])
      expect(() => refuseUnclearName(name)).toThrow()
    for (const name of ['größe', 'GRÖßE', 'номер', 'ΑΡΙΘΜΟΣ', 'été', '番号', 'an id', 'ıd'])
      expect(() => refuseUnclearName(name)).not.toThrow()
  })

  /** Whether a name finds a column that is declared with the other. */
  async function isSame(one: string, other: string): Promise<boolean> {
    const inner = `select (select \`${other}\` from (select 1 as \`${one}\`) i) as found from (select 2 as \`${other}\`) o`
    const [[row]] = await client.query<mysql.RowDataPacket[]>(inner)
    return row?.['found'] === 1
  }
})

const isSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xe000

/** Without what stands above or below it. */
function stripped(char: string): readonly string[] {
  const [base = ''] = char.normalize('NFKD')
  return /[a-z]/i.test(base) ? [base.toLowerCase()] : []
}

function isClear(name: string): boolean {
  try {
    refuseUnclearName(name)
    return true
  } catch {
    return false
  }
}
