import { tables } from './tables.js'

const BEGIN = '<!-- made from the schema: test/audit/schema/write-docs.ts -->'
const END = '<!-- end -->'

/** The page with its tables as the schema has them now. */
export function withTables(page: string, schema: string): string {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error('the page has lost the marks around its tables')
  return `${page.slice(0, from)}${BEGIN}\n\n${tables(schema)}\n\n${page.slice(to)}`
}
