/** Tools and their results in MCP's words. */
import type { CallToolResult, ListToolsResult, Tool } from '@modelcontextprotocol/server'
import type { Toolbox, ToolResult } from '../../model/tool.js'

export interface ReleaseOptions {
  /**
   * `error` (default): what was denied or failed is flagged `isError`. `result`: never flagged, for clients that
   * hide the text of errors from the model (Microsoft Agent Framework). The text is the same.
   */
  readonly denialAs?: 'error' | 'result'
  /** Also send `structuredContent`. Some clients show it to the model a second time; default false. */
  readonly structured?: boolean
}

/** JSON, which the library says more closely than JSON Schema needs. */
type Properties = NonNullable<Tool['inputSchema']['properties']>

/** All tools on one page: some clients read no other. */
export function listedTools(tools: Toolbox): ListToolsResult {
  return {
    tools: tools.listTools().map(({ name, description, parameters }) => {
      const { type, properties, required, additionalProperties } = parameters
      const mayWrite = tools.mayWrite(name)
      return {
        name,
        description,
        inputSchema: {
          type,
          properties: properties as Properties,
          required: [...required],
          additionalProperties,
        },
        annotations: { readOnlyHint: !mayWrite, destructiveHint: mayWrite, openWorldHint: false },
      }
    }),
  }
}

/** Text only: what else a result can hold, some client drops, shows twice or fails on. */
export function releasedResult(result: ToolResult, options: ReleaseOptions): CallToolResult {
  const { denialAs = 'error', structured = false } = options
  const texts = result.result.map(({ content }) => content)
  const facts = structured ? structuredOf(texts) : undefined
  return {
    content: texts.map(text => ({ type: 'text', text })),
    ...(facts === undefined ? {} : { structuredContent: facts }),
    ...(result.is_error && denialAs === 'error' ? { isError: true } : {}),
  }
}

function structuredOf([text = '', ...more]: readonly string[]): Record<string, unknown> | undefined {
  if (more.length > 0) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isRecord ? { ...value } : undefined
  } catch {
    return undefined
  }
}
