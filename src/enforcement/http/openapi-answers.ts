/** The answers of the HTTP API as schemas. */
type Json = Readonly<Record<string, unknown>>

const text = { type: 'string' } as const
const rows = {
  columns: { type: 'array', items: text },
  rows: { type: 'array', items: { type: 'array', items: {} } },
  row_count: { type: 'integer' },
  masked: {
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many cells were masked, by label.',
  },
  truncated: { type: 'boolean', description: 'There are more rows than these.' },
  note: text,
}

const answer = (
  status: string | readonly string[],
  properties: Json,
  required: readonly string[] = [],
): Json => ({
  type: 'object',
  properties: { status: typeof status === 'string' ? { const: status } : { enum: status }, ...properties },
  required: ['status', ...required],
})

export const answerSchemas: Json = {
  Rows: answer('ok', rows, ['columns', 'rows', 'row_count']),
  Ok: answer('ok', {}),
  Executed: answer('executed', { affected_rows: { type: 'integer' }, ...rows }),
  Standing: answer(
    ['pending', 'approved', 'denied', 'consumed', 'expired'],
    { approval_id: text, reason: text, expires_at: { type: 'string', format: 'date-time' }, next: text },
    ['approval_id'],
  ),
  ApprovalRequired: answer(
    'approval_required',
    { approval_id: text, reason: text, expires_at: { type: 'string', format: 'date-time' }, next: text },
    ['approval_id'],
  ),
  Refused: answer(['denied', 'failed', 'invalid'], {
    code: { type: 'string', description: 'A stable code of Cardea (docs/errors.md), or the database’s own.' },
    rule: text,
    reason: text,
    error: { type: 'string', description: 'The database’s own words, without values.' },
    decision_id: text,
    retryable: { type: 'boolean', description: 'Trying the same again later can help.' },
  }),
}

const refused = { $ref: '#/components/schemas/Refused' }
const GOOD: Readonly<Record<string, readonly string[]>> = {
  query: ['Rows', 'ApprovalRequired'],
  execute: ['Executed', 'ApprovalRequired'],
  approval_status: ['Executed', 'Rows', 'Standing'],
}

/** @param tool undefined for the standing of an approval. */
export function toolResponse(tool: string | undefined, lines: boolean): Json {
  const names = tool === undefined ? ['Standing'] : (GOOD[tool] ?? ['Ok'])
  const schema = { anyOf: [...names.map(name => ({ $ref: `#/components/schemas/${name}` })), refused] }
  return {
    '200': {
      description: 'The answer, whatever its status.',
      content: {
        'application/json': { schema },
        ...(lines ? { 'application/x-ndjson': { schema: { type: 'string', description: LINES } } } : {}),
      },
    },
  }
}

const LINES =
  'One line {"columns":[…]}, one JSON array for each row, and one object with a status as the last line. Without that last line the rows are not all.'

const response = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: refused } },
})

export const errorResponses: Json = {
  '401': response('The token proves nothing.'),
  '503': response('Nobody can tell whose token it is, or the gateway is closing.'),
  default: response(
    'The request is not one that this API takes; or, with Prefer: status=http, what the status says.',
  ),
}
