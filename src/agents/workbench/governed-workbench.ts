import type { Statements } from '../../model/statements.js'
import type {
  FunctionCall,
  FunctionExecutionResult,
  Toolbox,
  ToolCallOptions,
  ToolResult,
  ToolSchema,
} from '../../model/tool.js'
import { withToolSpan } from '../../telemetry/tool-span.js'
import { type Answer, invalid, spokenName, toolResult } from './answer.js'
import { approvalStatus } from './approval-status.js'
import { ArgumentFault, type Arguments, readArguments } from './arguments.js'
import { describeTable } from './describe-table.js'
import { explainPolicy } from './explain-policy.js'
import { thrown, unanswered } from './failures.js'
import { listTables } from './list-tables.js'
import { type Settled, settled, type WorkbenchOptions } from './options.js'
import { withPatience } from './patience.js'
import { type Call, execute, query } from './run-statement.js'
import { type ToolName, toolSchemas } from './tool-schemas.js'

type Work = (call: Call, args: Arguments) => Promise<Answer>

const WORK: Readonly<Record<ToolName, Work>> = {
  query,
  execute,
  list_tables: listTables,
  describe_table: describeTable,
  explain_policy: explainPolicy,
  approval_status: approvalStatus,
}

const WRITERS: readonly string[] = ['execute', 'approval_status'] satisfies readonly ToolName[]
const LONGEST_ARGUMENTS = 4_000_000
const LONGEST_CALL_ID = 256

/**
 * A database as the tools of an AutoGen workbench, for one caller. Shapes and texts are those of AutoGen 0.7.5
 * (`autogen_core.tools.Workbench`); nothing is ever thrown.
 *
 * @example
 * const workbench = new GovernedWorkbench(connection.statements(principal, { agent, session }))
 * const tools = workbench.listTools()
 * const { result, is_error } = await workbench.callTool('query', { sql: 'select id, pan from cards' })
 */
export class GovernedWorkbench implements Toolbox {
  readonly #statements: Statements
  readonly #settled: Settled

  /** @throws RangeError for an option that is out of bounds. */
  constructor(statements: Statements, options: WorkbenchOptions = {}) {
    this.#statements = statements
    this.#settled = settled(options)
  }

  /** Always the same list, and deeply frozen: copy what a framework wants to change. */
  listTools(): readonly ToolSchema[] {
    return toolSchemas(this.#statements.dialect)
  }

  /** True for `execute` and `approval_status`. */
  mayWrite(name: string): boolean {
    return WRITERS.includes(name)
  }

  /**
   * @param args an object as a model gave it, read strictly: an argument that is unknown, of the wrong type or
   *   beyond its limits is answered as `invalid`. Null means absent.
   * @returns one text part, one JSON object; never rejects. `is_error` for whatever gave no result.
   */
  async callTool(name: string, args: unknown, options: ToolCallOptions = {}): Promise<ToolResult> {
    const tool = isTool(name) ? name : undefined
    const { callId, trace } = options
    const span = {
      tool: tool ?? 'unknown',
      ...(callId === undefined || this.#statements.scrub(callId) !== callId ? {} : { callId }),
      ...(trace === undefined ? {} : { trace }),
    }
    return withToolSpan(span, async () => {
      const answer = tool === undefined ? unknownTool : await this.#answer(tool, args, options)
      return toolResult(tool ?? spokenName(name), answer, this.#settled.denialAs)
    })
  }

  /** As `callTool`, for a call as a model gave it: the arguments are JSON text. Never rejects. */
  async executeFunctionCall(
    call: FunctionCall,
    options: ToolCallOptions = {},
  ): Promise<FunctionExecutionResult> {
    const { id, name, arguments: text } = call
    const args = parsed(text)
    const ran =
      args === undefined
        ? toolResult(spokenName(name), invalid('The arguments are not a JSON object.'), 'error')
        : await this.callTool(name, args, { callId: id, ...options })
    const content = ran.result.map(part => part.content).join('\n')
    return { content, name: ran.name, call_id: id, is_error: ran.is_error }
  }

  async #answer(tool: ToolName, args: unknown, { signal, callId }: ToolCallOptions): Promise<Answer> {
    try {
      const read = readArguments(tool, args)
      const { budgetMs } = this.#settled
      const known = typeof callId === 'string' && callId.length <= LONGEST_CALL_ID ? { callId } : {}
      const call = { statements: this.#statements, settled: this.#settled, ...known }
      return await withPatience(
        signal === undefined ? [] : [signal],
        budgetMs,
        own => WORK[tool]({ ...call, signal: own }, read),
        () => unanswered(this.mayWrite(tool)),
      )
    } catch (error) {
      return error instanceof ArgumentFault ? invalid(error.message) : thrown(error, this.mayWrite(tool))
    }
  }
}

const unknownTool: Answer = {
  body: {
    status: 'invalid',
    code: 'CARDEA_TOOL_UNKNOWN',
    reason: `There is no such tool. The tools are ${Object.keys(WORK).join(', ')}.`,
  },
  kind: 'error',
}

function isTool(name: unknown): name is ToolName {
  return typeof name === 'string' && Object.hasOwn(WORK, name)
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string' || text.length > LONGEST_ARGUMENTS) return undefined
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
