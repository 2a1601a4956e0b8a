/** A toolbox that answers as it is told and writes down what it is asked. */
import type { Toolbox, ToolCallOptions, ToolSchema } from '../../../src/model/tool.js'

export interface Asked {
  readonly name: string
  readonly args: unknown
  readonly options: ToolCallOptions | undefined
}

export interface ToldToolbox extends Toolbox {
  readonly asked: Asked[]
}

export const DENIED = '{"status":"denied","code":"CARDEA_POLICY_DENIED","reason":"Rows are named by key."}'
export const ROWS = '{"status":"ok","columns":["pan"],"rows":[["411111******1111"]],"row_count":1}'

export const schemas: readonly ToolSchema[] = Object.freeze([
  schema('query', 'Reads.', {
    sql: { type: 'string', description: 'One statement.' },
    params: { type: 'array', items: { type: 'string' } },
    max_rows: { type: 'integer' },
  }),
  schema('execute', 'Writes.', { sql: { type: 'string' }, reason: { type: 'string', description: 'Why.' } }),
  schema('explain_policy', 'May I?', { sql: { type: 'string' }, params: { type: 'array', items: {} } }),
])

/** @param answer the text of a call; a denial is an error. */
export function toldToolbox(answer: (asked: Asked) => string | Promise<string>): ToldToolbox {
  const asked: Asked[] = []
  return {
    asked,
    listTools: () => schemas,
    mayWrite: name => name === 'execute',
    callTool: async (name, args, options) => {
      const call = { name, args, options }
      asked.push(call)
      const content = await answer(call)
      const is_error = content.startsWith('{"status":"denied"')
      return { type: 'ToolResult', name, result: [{ type: 'TextResultContent', content }], is_error }
    },
  }
}

function schema(
  name: string,
  description: string,
  properties: ToolSchema['parameters']['properties'],
): ToolSchema {
  return {
    name,
    description,
    parameters: { type: 'object', properties, required: ['sql'], additionalProperties: false },
    strict: false,
  }
}
