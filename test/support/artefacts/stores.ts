/** What Cardea keeps in databases, whose other tables are the tests' own. */
import { appendFileSync, closeSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const MAGIC = 'SQLite format 3\0'
/** Tables of Cardea's own begin with this. */
const OWN = /^cardea_/

interface SqliteDatabase {
  prepare(sql: string): { all(): readonly Readonly<Record<string, unknown>>[] }
  close(): void
}

/**
 * The rows of Cardea's own tables in an SQLite file; undefined for another file, or for one that has no others, so
 * that all of its bytes are looked at.
 */
export function storeLines(
  path: string,
): Iterable<{ readonly line: Buffer; readonly at: number }> | undefined {
  if (!isSqlite(path)) return undefined
  const Database = createRequire(import.meta.url)('better-sqlite3') as new (
    file: string,
    options: object,
  ) => SqliteDatabase
  const database = new Database(path, {})
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
    const names = tables.map(({ name }) => String(name)).filter(name => !name.startsWith('sqlite_'))
    if (names.length > 0 && names.every(name => OWN.test(name))) return undefined
    return names
      .filter(name => OWN.test(name))
      .flatMap(name => database.prepare(`select * from "${name}"`).all())
      .map(row => ({ line: Buffer.from(inWords(row)), at: 0 }))
  } finally {
    database.close()
  }
}

function isSqlite(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(MAGIC.length)
    return readSync(file, head) === MAGIC.length && head.toString('latin1') === MAGIC
  } finally {
    closeSync(file)
  }
}

export const keepsStores = process.env['CARDEA_ARTEFACTS'] !== undefined

export interface StoreTable {
  readonly schema: string
  readonly name: string
}

/** Notes the rows of Cardea's own tables in a database that is about to be dropped. */
export async function keepStores(
  tables: () => Promise<readonly StoreTable[]>,
  rows: (table: StoreTable) => Promise<readonly object[]>,
): Promise<void> {
  const folder = process.env['CARDEA_ARTEFACTS']
  if (folder === undefined) return
  for (const table of await tables()) {
    if (!OWN.test(table.name)) continue
    const lines = (await rows(table)).map(row => `${inWords(row)}\n`)
    appendFileSync(join(folder, `${process.pid}.stores`), lines.join(''))
  }
}

function inWords(row: object): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value)
    return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value
  })
}
