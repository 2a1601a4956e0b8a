/** Answers of the door in the form of what mysql2 gives in process. */
import type { Answer } from './answer.js'

export type Came =
  | { readonly rows: string; readonly names: readonly string[] }
  | { readonly affected: number }

type Response = readonly [
  rows: readonly object[] | { readonly affectedRows: number },
  fields: readonly { readonly name: string }[],
]

export function came(response: unknown): Came {
  const [rows, fields] = response as Response
  if ('affectedRows' in rows) return { affected: rows.affectedRows }
  return { rows: inForm(rows), names: fields.map(({ name }) => name) }
}

/** An answer as the driver would give it in process, with its rows in an order of their own: the server breaks ties as it likes. */
export function inProcessForm({ rows, columns, affected }: Answer): Came {
  if (affected !== undefined) return { affected }
  const names = columns.map(({ name }) => name)
  return {
    rows: inForm(rows.map(row => Object.fromEntries(names.map((name, at) => [name, row[at]])))),
    names,
  }
}

function inForm(rows: readonly unknown[]): string {
  return rows
    .map(row => JSON.stringify(row, roughly))
    .sort()
    .join()
}

/** Fractions have fewer digits in text than in binary; in process mysql2 rounds a BIGINT, and masked bytes are a text. */
export function roughly(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6))
  if (typeof value === 'string' && /^\d{17,19}$/.test(value)) return Number(value)
  const bytes = value as { readonly type?: unknown; readonly data?: unknown } | null
  return bytes?.type === 'Buffer' ? Buffer.from(bytes.data as number[]).toString('latin1') : value
}
