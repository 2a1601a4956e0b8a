import { type FrozenStatements, frozenStatements } from '../../agents/workbench/frozen.js'
import { GovernedWorkbench } from '../../agents/workbench/governed-workbench.js'
import type { Admission, Entrance, Visitor } from '../../enforcement/entrance.js'
import type { Credentials, Principal } from '../../model/principal.js'
import type { Statements } from '../../model/statements.js'
import type { Toolbox, ToolResult } from '../../model/tool.js'
import type { Clock } from '../../util/clock.js'
import type { GatewayConfig, HttpConfig } from '../config/gateway-config.js'
import type { House } from '../house/houses.js'
import type { Calls } from '../operation/calls.js'
import type { Metrics } from '../operation/metrics.js'
import type { Roster } from '../sessions/roster.js'

export interface EntranceOptions {
  readonly houses: readonly [House, ...House[]]
  readonly config: Pick<GatewayConfig, 'approval'> & { readonly http: HttpConfig }
  readonly identify: (credentials: Credentials) => Promise<Principal | null>
  readonly calls: Calls
  readonly roster: Pick<Roster, 'watch'>
  readonly metrics: Metrics
  readonly clock: Clock
}

/** What the network doors are handed: who callers are, and what they may use. */
export function entrance(options: EntranceOptions): Entrance {
  const { houses, identify, clock } = options
  const [first, ...others] = houses
  const byId = new Map(houses.map(house => [house.id, house]))
  const frozen = frozenStatements({ clock })
  return Object.freeze<Entrance>({
    dataSources: [first.id, ...others.map(({ id }) => id)],
    identify,
    admit(visitor) {
      const house = byId.get(visitor.dataSource ?? first.id)
      if (house === undefined) throw new RangeError('There is no such data source here.')
      return admission(house, visitor, frozen, options)
    },
  })
}

function admission(
  { connection }: House,
  { principal, point, agent, session, origination, certificate }: Visitor,
  frozen: FrozenStatements,
  { config, calls, roster, metrics, clock }: EntranceOptions,
): Admission {
  const running: Run = async (signal, work) => {
    const own = new AbortController()
    const over = roster.watch({ principal, agent }, () => own.abort())
    const abort = (): void => own.abort()
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await calls.run(own.signal, work)
    } finally {
      over()
      signal?.removeEventListener('abort', abort)
    }
  }
  const { mode, budgetMs } = config.approval
  const { denialAs, maxRows } = config.http
  const statements = connection.statements(principal, {
    point,
    session,
    origination,
    approval: mode,
    ...(certificate === undefined ? {} : { certificate }),
    ...(agent === undefined ? {} : { agent }),
  })
  const tools = new GovernedWorkbench(statements, {
    approval: mode,
    denialAs,
    frozen,
    clock,
    ...(budgetMs === undefined ? {} : { budgetMs }),
    ...(maxRows === undefined ? {} : { maxRows }),
  })
  return {
    tools: watchedTools(tools, point, running, metrics),
    statements: endingStatements(statements, running),
  }
}

/** Runs one call of the caller under a signal that ends it: the caller's own, a stop of the agent, or closing. */
type Run = Calls['run']

/** Closing waits for calls, and ends those that it cannot wait for. */
function watchedTools(tools: Toolbox, door: string, running: Run, metrics: Metrics): Toolbox {
  const known = new Set(tools.listTools().map(({ name }) => name))
  return Object.freeze<Toolbox>({
    listTools: () => tools.listTools(),
    mayWrite: name => tools.mayWrite(name),
    async callTool(name, args, options = {}) {
      const result = await running(options.signal, signal =>
        tools.callTool(name, args, { ...options, signal }),
      )
      const tool = known.has(name) ? name : 'unknown'
      metrics.toolCalls.inc({ door, tool, result: statusOf(result) })
      return result
    },
  })
}

function endingStatements(statements: Statements, running: Run): Statements {
  return Object.freeze<Statements>({
    ...statements,
    run: (text, bindings, options = {}) =>
      running(options.signal, signal => statements.run(text, bindings, { ...options, signal })),
  })
}

const STATUSES: readonly string[] = ['ok', 'executed', 'denied', 'approval_required', 'failed', 'invalid']

/** The status that the model reads. Only words that are known become a label. */
function statusOf({ result: [content] }: ToolResult): string {
  const [, status = ''] = /^\{"status":"([a-z_]{1,20})"/.exec(content?.content ?? '') ?? []
  return STATUSES.includes(status) ? status : 'other'
}
