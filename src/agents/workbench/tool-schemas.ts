/** The tools as a model sees them. Every word is sent with every model call, so there are few. */
import type { Dialect } from '../../model/dialect.js'
import type { ToolParameter, ToolSchema } from '../../model/tool.js'

export type ToolName =
  | 'query'
  | 'execute'
  | 'list_tables'
  | 'describe_table'
  | 'explain_policy'
  | 'approval_status'

const ENGINE: Readonly<Record<Dialect, string>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL/MariaDB',
  sqlite: 'SQLite',
}

const SCHEMAS: Readonly<Record<Dialect, readonly ToolSchema[]>> = Object.freeze({
  postgres: schemas('postgres'),
  mysql: schemas('mysql'),
  sqlite: schemas('sqlite'),
})

/** Always the same list, deeply frozen. */
export function toolSchemas(dialect: Dialect): readonly ToolSchema[] {
  return SCHEMAS[dialect]
}

function schemas(dialect: Dialect): readonly ToolSchema[] {
  const [first, second] = dialect === 'postgres' ? ['$1', '$2'] : ['?', '?']
  const sql = text(`One ${ENGINE[dialect]} statement. Placeholders ${first}, ${second} stand for params.`)
  const params: ToolParameter = {
    type: 'array',
    // One plain type: some clients cannot take a union. Numbers and booleans are taken all the same.
    items: { type: 'string' },
    description: 'Values for the placeholders, in order. Numbers and dates may be given as text.',
  }
  const approvalId = 'As approval_required gave it.'
  return deepFreeze([
    tool(
      'query',
      'Read data with one SQL statement. Protected values (card numbers and the like) come back masked and ' +
        'cannot be unmasked: select such columns as they are, without functions or LIKE on them. ' +
        'When denied, do not rephrase and retry; tell the user or ask for something else.',
      { sql, params, max_rows: { type: 'integer', description: 'Rows to show at most.' } },
      ['sql'],
    ),
    tool(
      'execute',
      'Change data with one SQL statement; name the rows by their key in the where clause. ' +
        'approval_required means that a person decides first: tell the user, do not send it again, and call ' +
        'approval_status with the approval_id later. When denied, do not rephrase and retry.',
      {
        sql,
        params,
        reason: text('Why it is needed, for the person who approves.'),
        approval_id: text('Only when approval_status asks for it.'),
      },
      ['sql'],
    ),
    tool(
      'list_tables',
      'The tables and views that can be read, with their columns. Call it before writing SQL.',
      { like: text('Part of the name; % stands for anything.') },
      [],
    ),
    tool(
      'describe_table',
      'Columns, types, keys and protected columns of one table.',
      { table: text('Name as list_tables shows it.') },
      ['table'],
    ),
    tool(
      'explain_policy',
      'Whether a statement would be allowed, denied or need an approval, and what would be masked. Runs nothing.',
      { sql, params },
      ['sql'],
    ),
    tool(
      'approval_status',
      'How an approval stands. Once a person has approved, this runs the approved statement, once, and ' +
        'returns its result.',
      { approval_id: text(approvalId) },
      ['approval_id'],
    ),
  ])
}

function text(description: string): ToolParameter {
  return { type: 'string', description }
}

function tool(
  name: ToolName,
  description: string,
  properties: Readonly<Record<string, ToolParameter>>,
  required: readonly string[],
): ToolSchema {
  return {
    name,
    description,
    parameters: { type: 'object', properties, required, additionalProperties: false },
    strict: false,
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}
