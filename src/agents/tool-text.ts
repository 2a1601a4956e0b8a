/** What the adapters share: a schema that a framework may keep and change, arguments as text, results as text. */
import type { Toolbox, ToolCallOptions, ToolSchema } from '../model/tool.js'

/** The parameters of a tool as a JSON Schema of their reader's own. */
export type ParametersSchema = {
  type: 'object'
  properties: Record<string, Record<string, unknown>>
  required: string[]
  additionalProperties: false
}

/** A private copy: frameworks add to the schemas that they are given. */
export function parametersOf({ parameters }: ToolSchema): ParametersSchema {
  const { properties, required } = structuredClone(parameters)
  return { type: 'object', properties, required: [...required], additionalProperties: false }
}

/** What a framework tells of a call, as far as it does. */
type Told = { readonly [Key in keyof ToolCallOptions]?: ToolCallOptions[Key] | undefined }

/** Calls the tool. A denial, an approval that is wanted and a failure are texts like any other. */
export async function textOf(
  toolbox: Toolbox,
  name: string,
  args: unknown,
  { signal, callId, trace }: Told = {},
): Promise<{ readonly text: string; readonly isError: boolean }> {
  const options: ToolCallOptions = {
    ...(signal === undefined ? {} : { signal }),
    ...(callId === undefined ? {} : { callId }),
    ...(trace === undefined ? {} : { trace }),
  }
  const { result, is_error } = await toolbox.callTool(name, args, options)
  return { text: result.map(({ content }) => content).join('\n'), isError: is_error }
}

/** Arguments as a model wrote them. What is no JSON is left as it is, for the tool to refuse in its own words. */
export function argumentsIn(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
