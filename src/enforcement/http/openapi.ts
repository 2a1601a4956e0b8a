/** The OpenAPI 3.1 document of the HTTP API, made from the schemas of the tools. */
import type { ToolParameter, ToolSchema } from '../../model/tool.js'
import { answerSchemas, errorResponses, toolResponse } from './openapi-answers.js'

type Json = Readonly<Record<string, unknown>>

interface Operation {
  readonly path: string
  readonly method: 'get' | 'post'
  readonly id: string
  readonly tool?: string
  /** The tool's argument that stands in the path, under the name that it has there. */
  readonly inPath?: readonly [argument: string, name: string]
  readonly more?: Json
  readonly lines?: true
}

const OPERATIONS: readonly Operation[] = [
  { path: '/v1/query', method: 'post', id: 'query', tool: 'query', lines: true },
  { path: '/v1/execute', method: 'post', id: 'execute', tool: 'execute' },
  { path: '/v1/explain', method: 'post', id: 'explain', tool: 'explain_policy' },
  {
    path: '/v1/approvals/{id}',
    method: 'get',
    id: 'approvalStanding',
    inPath: ['approval_id', 'id'],
    more: { summary: 'How an approval stands. Runs nothing.' },
  },
  {
    path: '/v1/approvals/{id}',
    method: 'post',
    id: 'approvalStatus',
    tool: 'approval_status',
    inPath: ['approval_id', 'id'],
  },
  { path: '/v1/tables', method: 'get', id: 'listTables', tool: 'list_tables' },
  {
    path: '/v1/tables/{name}',
    method: 'get',
    id: 'describeTable',
    tool: 'describe_table',
    inPath: ['table', 'name'],
  },
]

const DATA_SOURCE = {
  type: 'string',
  description: 'Which database. Default: the first that the gateway is configured with.',
} as const

const HEADERS: Readonly<Record<string, string>> = {
  'X-Agent-Id': 'The agent that calls. A claim, kept with every record.',
  'X-Agent-Framework': 'For example autogen.',
  'X-Agent-Version': 'Of the framework.',
  'X-Cardea-Session': 'The conversation; an approval can be used only in the one that it was asked for in.',
  traceparent: 'W3C trace context.',
}

/**
 * @param version of Cardea.
 * @returns the document as plain JSON; the same for the same tools.
 * @example
 * const document = openApi(workbench.listTools(), '0.1.0')
 */
export function openApi(tools: readonly ToolSchema[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationOf(operation, tools) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Cardea',
      version,
      summary: 'Governed access to databases for AI agents.',
      description:
        'Every answer is one JSON object with a status. The HTTP code is 200 for whatever a tool answers, unless the request says Prefer: status=http.',
    },
    paths,
    security: [{ token: [] }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An OIDC access token or an agent token.' },
      },
      schemas: answerSchemas,
      parameters: parameters(),
    },
  }
}

function operationOf(operation: Operation, tools: readonly ToolSchema[]): Json {
  const { method, id, tool: toolName, inPath, more = {}, lines } = operation
  const tool = tools.find(({ name }) => name === toolName)
  const asked = Object.entries(tool?.parameters.properties ?? {}).filter(([name]) => name !== inPath?.[0])
  const required = (tool?.parameters.required ?? []).filter(name => name !== inPath?.[0])
  const post = method === 'post'
  const query = post ? [] : [...asked, ['data_source', DATA_SOURCE] as const]
  return {
    operationId: id,
    ...(tool === undefined ? {} : { summary: tool.description }),
    ...more,
    parameters: [
      ...(inPath === undefined
        ? []
        : [{ name: inPath[1], in: 'path', required: true, schema: { type: 'string' } }]),
      ...query.map(([name, { description, ...schema }]) => ({ name, in: 'query', description, schema })),
      ...Object.keys(HEADERS).map(name => ({ $ref: `#/components/parameters/${name}` })),
      ...(toolName === 'execute' || toolName === 'approval_status'
        ? [{ $ref: '#/components/parameters/Idempotency-Key' }]
        : []),
      { $ref: '#/components/parameters/Prefer' },
    ],
    ...(post ? { requestBody: bodyFor(asked, required) } : {}),
    responses: { ...toolResponse(toolName, lines === true), ...errorResponses },
  }
}

function bodyFor(asked: readonly (readonly [string, ToolParameter])[], required: readonly string[]): Json {
  const properties = [...asked, ['data_source', DATA_SOURCE] as const].map(([name, schema]) => [
    name,
    required.includes(name) ? schema : optional(schema),
  ])
  const schema = {
    type: 'object',
    properties: Object.fromEntries(properties),
    required,
    additionalProperties: false,
  }
  return { required: required.length > 0, content: { 'application/json': { schema } } }
}

/** Null means absent: some clients write every argument. */
function optional({ type, ...rest }: ToolParameter): Json {
  return { type: [type, 'null'], ...rest }
}

function parameters(): Json {
  const header = (name: string, description: string, schema: Json = { type: 'string', maxLength: 128 }) => ({
    name,
    in: 'header',
    description,
    schema,
  })
  return {
    ...Object.fromEntries(
      Object.entries(HEADERS).map(([name, description]) => [name, header(name, description)]),
    ),
    'Idempotency-Key': header(
      'Idempotency-Key',
      'Names the call: sent again, it is not run again but answered as before, for 24 hours.',
      { type: 'string', minLength: 1, maxLength: 255 },
    ),
    Prefer: header('Prefer', 'status=http: say the status in the HTTP code as well.'),
  }
}
