/**
 * Governed tools as the JSON of OpenAI's chat completions, which most model APIs and older frameworks (AutoGen
 * 0.2's `llm_config`) take as well.
 */
import type { Toolbox, ToolCallOptions } from '../model/tool.js'
import { argumentsIn, type ParametersSchema, parametersOf, textOf } from './tool-text.js'

export type { Toolbox, ToolCallOptions } from '../model/tool.js'
export type { ParametersSchema } from './tool-text.js'

/** One entry of the request's `tools`. */
export interface OpenAIToolJson {
  type: 'function'
  function: { name: string; description: string; parameters: ParametersSchema; strict: boolean }
}

/** One entry of an assistant message's `tool_calls`. */
export interface OpenAIToolCall {
  readonly id: string
  readonly function: { readonly name: string; readonly arguments: string }
}

/** The message that answers a tool call. */
export interface OpenAIToolMessage {
  role: 'tool'
  tool_call_id: string
  content: string
}

/** The tools of a toolbox as JSON, for `tools` of a chat completions request. */
export function toOpenAIToolsJson(toolbox: Toolbox): OpenAIToolJson[] {
  return toolbox.listTools().map(tool => ({
    type: 'function',
    function: {
      name: tool.name,
      description: tool.description,
      parameters: parametersOf(tool),
      strict: tool.strict,
    },
  }))
}

/**
 * Carries out what a model asked for, and answers it. Never rejects for what the call says: unknown tools,
 * arguments that are no JSON and denials are answers that a model can act on.
 *
 * @example
 * const answers = await Promise.all((message.tool_calls ?? []).map(call => answerToolCall(toolbox, call)))
 * messages.push(message, ...answers)
 */
export async function answerToolCall(
  toolbox: Toolbox,
  { id, function: { name, arguments: json } }: OpenAIToolCall,
  { signal }: Pick<ToolCallOptions, 'signal'> = {},
): Promise<OpenAIToolMessage> {
  const { text } = await textOf(toolbox, name, argumentsIn(json), { signal, callId: id })
  return { role: 'tool', tool_call_id: id, content: text }
}
