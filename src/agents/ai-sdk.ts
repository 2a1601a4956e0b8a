/** Governed tools for the Vercel AI SDK (`ai` 6 and 7). */
import type { Toolbox } from '../model/tool.js'
import { type ParametersSchema, parametersOf, textOf } from './tool-text.js'

export type { Toolbox } from '../model/tool.js'
export type { ParametersSchema } from './tool-text.js'

/** A tool of the AI SDK, written out, so that its types need not be installed. */
export interface AiSdkTool {
  description: string
  inputSchema: AiSdkSchema
  execute(input: unknown, call: AiSdkCall): Promise<string>
}

/** A Standard Schema (standardschema.dev) that lets everything through: the tool reads its arguments itself. */
export interface AiSdkSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: 'cardea'
    readonly validate: (value: unknown) => { readonly value: unknown }
    readonly jsonSchema: {
      readonly input: () => Record<string, unknown>
      readonly output: () => Record<string, unknown>
    }
  }
}

/** What the SDK tells of one call. */
export interface AiSdkCall {
  readonly toolCallId: string
  readonly abortSignal?: AbortSignal | undefined
}

/** What `toolApproval` of AI SDK 7 may answer. */
export type AiSdkApproval = 'not-applicable' | { type: 'user-approval'; reason?: string }

/**
 * The tools of a toolbox for `generateText({ tools })` and its kin. Every call goes through `callTool`; what it
 * answers, a denial too, is the text that the model reads. The SDK's abort signal stops a call.
 *
 * @example
 * const toolbox = new GovernedWorkbench(connection.statements(alice, { session: 'case 1841' }))
 * await generateText({ model, prompt: 'What is payment 3?', tools: toAiSdk(toolbox), stopWhen: stepCountIs(8) })
 */
export function toAiSdk(toolbox: Toolbox): Record<string, AiSdkTool> {
  return Object.fromEntries(
    toolbox.listTools().map(tool => [
      tool.name,
      {
        description: tool.description,
        inputSchema: schemaOf(() => parametersOf(tool)),
        execute: async (input, { toolCallId, abortSignal }) => {
          const { text } = await textOf(toolbox, tool.name, input, {
            signal: abortSignal,
            callId: toolCallId,
          })
          return text
        },
      },
    ]),
  )
}

/**
 * For `toolApproval` of AI SDK 7: asks the person in front of the agent before a statement that policy would
 * have approved. An extra gate, never a substitute: whoever says yes there approves nothing in Cardea, and the
 * statement still waits for its own approvers. What cannot be foretold is asked about.
 *
 * @example
 * await generateText({ model, prompt, tools: toAiSdk(toolbox), toolApproval: toolApproval(toolbox) })
 */
export function toolApproval(
  toolbox: Toolbox,
): (options: {
  readonly toolCall: { readonly toolName: string; readonly input?: unknown }
}) => Promise<AiSdkApproval> {
  return async ({ toolCall: { toolName, input } }) => {
    const args = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {}
    // Without a statement there is nothing to foretell; the tool says so, or carries out what was approved.
    if (!toolbox.mayWrite(toolName) || typeof args['sql'] !== 'string') return 'not-applicable'
    const { text } = await textOf(toolbox, 'explain_policy', {
      sql: args['sql'],
      params: args['params'] ?? null,
    })
    return foretold(text)
  }
}

function foretold(text: string): AiSdkApproval {
  try {
    const { effect, reason } = JSON.parse(text) as { effect?: unknown; reason?: unknown }
    // A denial is the tool's to say: the model has to read its reason.
    if (effect === 'allow' || effect === 'deny') return 'not-applicable'
    return { type: 'user-approval', ...(typeof reason === 'string' ? { reason } : {}) }
  } catch {
    return { type: 'user-approval' }
  }
}

function schemaOf(parameters: () => ParametersSchema): AiSdkSchema {
  const schema = (): Record<string, unknown> => ({ ...parameters() })
  return {
    '~standard': {
      version: 1,
      vendor: 'cardea',
      validate: value => ({ value }),
      jsonSchema: { input: schema, output: schema },
    },
  }
}
