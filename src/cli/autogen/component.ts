/**
 * Component JSON of AutoGen 0.7.5's own providers (`dump_component`), for `load_component` and AutoGen Studio.
 * AutoGen keeps headers and environment in clear, so a token is never written: a placeholder stands for it.
 */
import type { ToolSchema } from '../../model/tool.js'

export interface Component {
  readonly provider: string
  readonly component_type: 'workbench' | 'tool'
  readonly version: 1
  readonly component_version: 1
  readonly description: string
  readonly label: string
  readonly config: Readonly<Record<string, unknown>>
}

/** How a gateway is reached, and as whom. */
export interface Reach {
  /** Of the gateway, without a path of its own doors. */
  readonly base: URL
  readonly dataSource?: string
  /** Seconds that a client waits for one answer. */
  readonly patience: number
  readonly headers: Readonly<Record<string, string>>
}

/** A workbench over the gateway's MCP door (streamable HTTP). */
export function mcpComponent({ base, dataSource, patience, headers }: Reach): Component {
  const door = dataSource === undefined ? 'mcp' : `mcp/${encodeURIComponent(dataSource)}`
  return workbench({
    type: 'StreamableHttpServerParams',
    url: `${base.origin}${pathUnder(base, door)}`,
    headers,
    timeout: 30,
    // What AutoGen's client waits for an answer; `timeout` is for anything else.
    sse_read_timeout: patience,
    terminate_on_close: true,
  })
}

/** A workbench that starts `cardea mcp` itself. */
export function stdioComponent(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  patience: number,
): Component {
  return workbench({
    command: 'npx',
    args: ['-y', 'cardea', 'mcp', ...args],
    env,
    encoding: 'utf-8',
    encoding_error_handler: 'strict',
    type: 'StdioServerParams',
    read_timeout_seconds: patience,
  })
}

/** One `HttpTool` for each tool that the gateway's HTTP API has a way to. */
export function httpComponents(reach: Reach, tools: readonly ToolSchema[]): Component[] {
  return tools.flatMap(tool => {
    const way = WAYS[tool.name]
    return way === undefined ? [] : [httpComponent(reach, tool, way)]
  })
}

/** A gallery for AutoGen Studio with the workbench and the tools in it. */
export function gallery(reach: Reach, tools: readonly ToolSchema[], version: string): object {
  return {
    id: 'cardea',
    name: 'Cardea',
    url: null,
    metadata: {
      author: 'Cardea',
      version,
      description: 'A database behind PCI DSS controls: masked reads, approved writes.',
      tags: ['database', 'pci-dss'],
      license: 'MIT',
      homepage: null,
      category: 'data',
      last_synced: null,
    },
    components: {
      agents: [],
      models: [],
      tools: httpComponents(reach, tools),
      terminations: [],
      teams: [],
      workbenches: [mcpComponent(reach)],
    },
  }
}

interface Way {
  readonly method: 'GET' | 'POST'
  readonly path: string
}

const WAYS: Readonly<Record<string, Way>> = {
  query: { method: 'POST', path: 'v1/query' },
  execute: { method: 'POST', path: 'v1/execute' },
  explain_policy: { method: 'POST', path: 'v1/explain' },
  list_tables: { method: 'GET', path: 'v1/tables' },
  describe_table: { method: 'GET', path: 'v1/tables/{table}' },
  approval_status: { method: 'POST', path: 'v1/approvals/{approval_id}' },
}

function workbench(server_params: Readonly<Record<string, unknown>>): Component {
  return {
    provider: 'autogen_ext.tools.mcp.McpWorkbench',
    component_type: 'workbench',
    version: 1,
    component_version: 1,
    description:
      'A workbench that wraps an MCP server and provides an interface\n    to list and call tools provided by the server.',
    label: 'McpWorkbench',
    config: { server_params, tool_overrides: {} },
  }
}

function httpComponent(
  { base, dataSource, patience, headers }: Reach,
  { name, description, parameters }: ToolSchema,
  { method, path }: Way,
): Component {
  const { required } = parameters
  // HttpTool sends an optional argument that is left out as null, which a query string turns into an empty text.
  const asked = Object.entries(parameters.properties).filter(
    ([argument]) => method === 'POST' || required.includes(argument),
  )
  const source = { type: 'string', enum: [dataSource], description: 'Always this one.' }
  const [more, needed] = dataSource === undefined ? [{}, []] : [{ data_source: source }, ['data_source']]
  return {
    provider: 'autogen_ext.tools.http.HttpTool',
    component_type: 'tool',
    version: 1,
    component_version: 1,
    description: 'A wrapper for using an HTTP server as a tool.',
    label: 'HttpTool',
    config: {
      name,
      description,
      scheme: base.protocol.slice(0, -1),
      host: base.hostname,
      port: base.port === '' ? (base.protocol === 'https:' ? 443 : 80) : Number(base.port),
      path: pathUnder(base, path),
      method,
      headers,
      json_schema: {
        type: 'object',
        properties: { ...Object.fromEntries(asked), ...more },
        required: [...required, ...needed],
      },
      // `json` would give the model Python's spelling of it.
      return_type: 'text',
      timeout: patience,
    },
  }
}

function pathUnder(base: URL, path: string): string {
  return `${base.pathname.replace(/\/+$/, '')}/${path}`
}
