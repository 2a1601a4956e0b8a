/**
 * Tools as agent frameworks know them, in the JSON of AutoGen 0.7.5 (`autogen_core.tools`): its names, its
 * snake case, nothing that its clients drop.
 */

/** A JSON Schema without references: clients lose what `$ref` points at. */
export type ToolParameter = Readonly<Record<string, unknown>>

export interface ToolSchema {
  /** `[A-Za-z0-9_-]{1,64}`. */
  readonly name: string
  readonly description: string
  readonly parameters: {
    readonly type: 'object'
    readonly properties: Readonly<Record<string, ToolParameter>>
    readonly required: readonly string[]
    readonly additionalProperties: false
  }
  readonly strict: boolean
}

export interface TextResultContent {
  readonly type: 'TextResultContent'
  readonly content: string
}

export interface ToolResult {
  readonly type: 'ToolResult'
  readonly name: string
  readonly result: readonly TextResultContent[]
  readonly is_error: boolean
}

/** What a model asks for: `arguments` is JSON as text. */
export interface FunctionCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

export interface FunctionExecutionResult {
  readonly content: string
  readonly name: string
  readonly call_id: string
  readonly is_error: boolean
}

export interface ToolCallOptions {
  /** The caller gave up: what waits never runs, what runs is stopped and rolled back. */
  readonly signal?: AbortSignal
  /** The framework's id of the call, for the record. */
  readonly callId?: string
  /** W3C trace context of the caller: `traceparent`, `tracestate`. */
  readonly trace?: Readonly<Record<string, string>>
}

/** Tools over one database for one caller. Nothing is thrown: every failure is a result that a model can act on. */
export interface Toolbox {
  /** Always the same, on one page. */
  listTools(): readonly ToolSchema[]
  /** @param args as a model gave them: read strictly, null meaning absent. */
  callTool(name: string, args: unknown, options?: ToolCallOptions): Promise<ToolResult>
  /** Whether a call of the tool may change data, so that a transport must not run it twice. */
  mayWrite(name: string): boolean
}
