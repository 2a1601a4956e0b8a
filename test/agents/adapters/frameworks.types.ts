/** Compiled, never run: what the adapters return is what the frameworks take, by the frameworks' own types. */
import type { BindToolsInput } from '@langchain/core/language_models/chat_models'
import { DynamicStructuredTool, type StructuredToolInterface } from '@langchain/core/tools'
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpServer } from '@modelcontextprotocol/server'
import { Agent, type FunctionTool } from '@openai/agents'
import { generateText, type LanguageModel, type ToolSet } from 'ai'
import { toAiSdk } from 'cardea/ai-sdk'
import { toLangChain } from 'cardea/langchain'
import { toMcp } from 'cardea/mcp'
import { toOpenAIAgents } from 'cardea/openai-agents'
import { answerToolCall, toOpenAIToolsJson } from 'cardea/openai-tools'
import type { Toolbox } from '../../../src/model/tool.js'

export function openAIAgents(toolbox: Toolbox): Agent {
  const tools: FunctionTool[] = toOpenAIAgents(toolbox)
  return new Agent({ name: 'dba', instructions: 'x', tools: [...tools, ...toOpenAIAgents(toolbox)] })
}

export async function aiSdk(toolbox: Toolbox, model: LanguageModel): Promise<string> {
  const tools: ToolSet = toAiSdk(toolbox)
  await generateText({ model, prompt: 'x', tools })
  return (await generateText({ model, prompt: 'x', tools: toAiSdk(toolbox) })).text
}

export function langChain(toolbox: Toolbox): BindToolsInput[] {
  const tools: StructuredToolInterface[] = toLangChain(toolbox, DynamicStructuredTool)
  const own: DynamicStructuredTool[] = toLangChain(toolbox, DynamicStructuredTool)
  return [...tools, ...own]
}

export function mcp(toolbox: Toolbox): void {
  toMcp(new McpServer({ name: 'x', version: '1' }), toolbox)
  toMcp(new McpServerV1({ name: 'x', version: '1' }), toolbox)
}

/** The shapes of OpenAI's own client, which is not installed here. */
interface ChatCompletionTool {
  type: 'function'
  function: {
    name: string
    description?: string
    parameters?: { [key: string]: unknown }
    strict?: boolean | null
  }
}

export async function openAITools(
  toolbox: Toolbox,
): Promise<{ role: 'tool'; tool_call_id: string; content: string }> {
  const tools: ChatCompletionTool[] = toOpenAIToolsJson(toolbox)
  const call = { id: 'call_1', type: 'function' as const, function: { name: 'query', arguments: '{}' } }
  return tools.length === 0 ? Promise.reject() : answerToolCall(toolbox, call)
}
