/** What a tool answers: one JSON object, and whether the framework is to take it for an error. */
import type { ToolResult } from '../../model/tool.js'

export interface Answer {
  readonly body: Readonly<Record<string, unknown>>
  /** `refusal`: an error or not, as the workbench is set up. */
  readonly kind: 'result' | 'error' | 'refusal'
}

export function result(body: Answer['body']): Answer {
  return { body, kind: 'result' }
}

/** Arguments that cannot be taken. Names no value. */
export function invalid(reason: string): Answer {
  return { body: { status: 'invalid', code: 'CARDEA_TOOL_ARGUMENTS', reason }, kind: 'error' }
}

/** A tool's answer in AutoGen's JSON: its keys, in its order. */
export function toolResult(name: string, answer: Answer, denialAs: 'error' | 'result'): ToolResult {
  const isError = answer.kind === 'error' || (answer.kind === 'refusal' && denialAs === 'error')
  return {
    type: 'ToolResult',
    name,
    result: [{ type: 'TextResultContent', content: JSON.stringify(answer.body) }],
    is_error: isError,
  }
}

/**
 * A name that a model made up, for the answer to carry back. Anything that is no tool name, or that has digits
 * enough for a card number, is not repeated.
 */
export function spokenName(name: unknown): string {
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(name)) return 'unknown'
  return name.replace(/[^0-9]/g, '').length > 11 ? 'unknown' : name
}
