/** Governed tools for the OpenAI Agents SDK (`@openai/agents` 0.20 and later). */
import type { Toolbox } from '../model/tool.js'
import { argumentsIn, type ParametersSchema, parametersOf, textOf } from './tool-text.js'

export type { Toolbox } from '../model/tool.js'
export type { ParametersSchema } from './tool-text.js'

/** A `FunctionTool` of `@openai/agents`, written out, so that its types need not be installed. */
export interface OpenAIAgentsTool {
  type: 'function'
  name: string
  description: string
  parameters: ParametersSchema
  strict: boolean
  invoke(context: unknown, input: string, details?: OpenAIAgentsCall): Promise<string>
  needsApproval(): Promise<boolean>
  isEnabled(): Promise<boolean>
}

/** What the SDK tells of one call. */
export interface OpenAIAgentsCall {
  readonly toolCall?: { readonly callId: string } | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The tools of a toolbox for `new Agent({ tools })`. Every call goes through `callTool`; what it answers, a
 * denial too, is the text that the model reads, and no run ends by it. The run's own signal stops a call.
 *
 * The SDK's `needsApproval` is left off: who approves is policy's to say, and the person in front of the agent
 * is not the approver. To ask that person as well, set it on the returned tool.
 *
 * @example
 * const tools = toOpenAIAgents(new GovernedWorkbench(connection.statements(alice, { session: 'case 1841' })))
 * await run(new Agent({ name: 'dba', instructions: 'Look into disputed payments.', tools }), 'What is payment 3?')
 */
export function toOpenAIAgents(toolbox: Toolbox): OpenAIAgentsTool[] {
  return toolbox.listTools().map(tool => ({
    type: 'function',
    name: tool.name,
    description: tool.description,
    parameters: parametersOf(tool),
    strict: tool.strict,
    invoke: async (_context, input, { toolCall, signal } = {}) => {
      const { text } = await textOf(toolbox, tool.name, argumentsIn(input), {
        signal,
        callId: toolCall?.callId,
      })
      return text
    },
    needsApproval: async () => false,
    isEnabled: async () => true,
  }))
}
