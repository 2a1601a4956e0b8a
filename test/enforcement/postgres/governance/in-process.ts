/** Answers of the door in the form of what node-postgres gives in process. */
import pg from 'pg'
import { decodeCell } from '../../../../src/enforcement/postgres/cells/decode.js'
import type { Answer } from './answer.js'

export interface Came {
  readonly rows: string
  readonly fields: string
  readonly tag: string
}

interface PgResponse {
  readonly rows: readonly object[]
  readonly rowCount: number | null
  readonly command: string
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

export function came(response: unknown): Came {
  const { rows, fields, command, rowCount } = response as PgResponse
  return { rows: JSON.stringify(rows), fields: fieldsOf(fields), tag: `${command} ${rowCount}` }
}

function fieldsOf(fields: PgResponse['fields']): string {
  return fields.map(({ name, dataTypeID }) => `${name} ${dataTypeID}`).join(', ')
}

/** An answer as node-postgres would give it in process. */
export function inProcessForm({ rows, columns, tag = '' }: Answer): Came {
  const parsed = decoded({ rows, columns }, (type, _, cell) =>
    pg.types.getTypeParser(type, 'text')(cell.toString('utf8')),
  )
  const [, command = '', count] = /^(\w+)(?: \d+)*? ?(\d+)?$/.exec(tag) ?? []
  return {
    rows: parsed,
    fields: fieldsOf(columns.map(({ name, type }) => ({ name, dataTypeID: type }))),
    tag: `${command} ${count ?? null}`,
  }
}

/** Its rows by our own reading of both formats. */
export function ownForm(answer: Answer): string {
  return decoded(answer, decodeCell)
}

function decoded({ rows, columns }: Pick<Answer, 'rows' | 'columns'>, decode: typeof decodeCell): string {
  return JSON.stringify(
    rows.map(cells => {
      const values = cells.map((cell, at) => {
        const { name, type, format } = columns[at] ?? { name: '', type: 0, format: 'text' }
        return [name, cell === null ? null : decode(type, format, cell)]
      })
      return Object.fromEntries(values)
    }),
  )
}
