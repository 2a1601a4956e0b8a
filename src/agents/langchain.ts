/** Governed tools for LangChain.js (`@langchain/core` 1). */
import type { Toolbox } from '../model/tool.js'
import { type ParametersSchema, parametersOf, textOf } from './tool-text.js'

export type { Toolbox } from '../model/tool.js'
export type { ParametersSchema } from './tool-text.js'

/** What LangChain's `DynamicStructuredTool` is made from. */
export interface LangChainToolFields {
  name: string
  description: string
  schema: ParametersSchema
  func(args: unknown, run?: unknown, config?: LangChainCall): Promise<string>
}

/** What LangChain tells of one call. */
export interface LangChainCall {
  readonly toolCall?: { readonly id?: string | undefined } | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The tools of a toolbox for `createAgent({ tools })`, `model.bindTools(tools)` or `new ToolNode(tools)`. Every
 * call goes through `callTool`; what it answers, a denial too, is the text of the `ToolMessage`.
 *
 * The class comes from the program, so that the tools are those of the very `@langchain/core` that its agents
 * use. LangChain holds arguments against the schema before it calls a tool; what does not fit it refuses itself.
 *
 * @param Tool `DynamicStructuredTool` of `@langchain/core/tools`.
 * @example
 * import { DynamicStructuredTool } from '@langchain/core/tools'
 * const tools = toLangChain(new GovernedWorkbench(connection.statements(alice)), DynamicStructuredTool)
 */
export function toLangChain<T>(toolbox: Toolbox, Tool: new (fields: LangChainToolFields) => T): T[] {
  return toolbox.listTools().map(
    tool =>
      new Tool({
        name: tool.name,
        description: tool.description,
        schema: parametersOf(tool),
        func: async (args, _run, { toolCall, signal } = {}) => {
          const { text } = await textOf(toolbox, tool.name, args, { signal, callId: toolCall?.id })
          return text
        },
      }),
  )
}
