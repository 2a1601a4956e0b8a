/** What the door has answered to one statement, message by message. */

export interface Answer {
  readonly columns: readonly AnswerColumn[]
  readonly rows: readonly (readonly (Buffer | null)[])[]
  /** Fields of the error by their letters. */
  readonly error: Readonly<Record<string, string>> | undefined
  readonly tag: string | undefined
  /** One for every message, the same on any two databases of the same schema and content. */
  readonly lines: readonly string[]
}

export interface AnswerColumn {
  readonly name: string
  readonly type: number
  readonly format: 'text' | 'binary'
}

/** Names by the numbers of one database: tables, and types of its own. */
export interface Names {
  readonly tables: ReadonlyMap<number, string>
  readonly types: ReadonlyMap<number, string>
  readonly database: string
}

/** Decisions and tickets have numbers of their own on every run. */
const ULID = /\b[0-9A-HJKMNP-TV-Z]{26}\b/g

export function answerOf(bytes: Buffer, names: Names): Answer {
  const lines: string[] = []
  const rows: (readonly (Buffer | null)[])[] = []
  const found: { columns: readonly AnswerColumn[]; error?: Record<string, string>; tag?: string } = {
    columns: [],
  }
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1)
    const type = bytes.toString('latin1', at, at + 1)
    const body = bytes.subarray(at + 5, end)
    at = end
    if (type === 'D') rows.push(cellsOf(body))
    if (type === 'E') found.error ??= fieldsOf(body)
    if (type === 'C') found.tag = body.toString('latin1', 0, body.length - 1)
    const read = type === 'T' ? columnsOf(body, names) : undefined
    if (read !== undefined) found.columns = read.columns
    lines.push(`${type} ${plain(read?.line ?? body.toString('latin1'), names)}`)
  }
  return { error: undefined, tag: undefined, ...found, rows, lines }
}

function plain(text: string, { database }: Names): string {
  return text.replaceAll(database, 'DATABASE').replaceAll(ULID, 'ULID')
}

function cellsOf(body: Buffer): readonly (Buffer | null)[] {
  let at = 2
  return Array.from({ length: body.readUInt16BE(0) }, () => {
    const length = body.readInt32BE(at)
    at += 4 + Math.max(0, length)
    return length < 0 ? null : body.subarray(at - length, at)
  })
}

function fieldsOf(body: Buffer): Record<string, string> {
  const fields = body
    .toString('utf8')
    .split('\0')
    .filter(part => part !== '')
  return Object.fromEntries(fields.map(field => [field.charAt(0), field.slice(1)]))
}

function columnsOf(body: Buffer, { tables, types }: Names) {
  const columns: AnswerColumn[] = []
  const told: string[] = []
  for (let at = 2; at < body.length; ) {
    const stop = body.indexOf(0, at)
    const name = body.toString('utf8', at, stop)
    const [table, type] = [body.readUInt32BE(stop + 1), body.readUInt32BE(stop + 7)]
    const format = body.readInt16BE(stop + 17) === 1 ? 'binary' : 'text'
    columns.push({ name, type, format })
    const origin = `${tables.get(table) ?? table}.${body.readInt16BE(stop + 5)}`
    told.push(
      [name, origin, types.get(type) ?? type, body.toString('hex', stop + 11, stop + 17), format].join(' '),
    )
    at = stop + 19
  }
  return { columns, line: told.join(', ') }
}
