/** What tests of the workbench with a real database share. */
import { GovernedWorkbench, type Toolbox, type WorkbenchOptions } from '../../../src/agents/autogen.js'
import type { DoorContext } from '../../../src/config.js'
import type { Principal } from '../../../src/index.js'
import { alice, type TestHouse } from '../../main-job/house.js'

export const bot = { framework: 'autogen', id: 'bot' }

export interface Told {
  readonly [name: string]: unknown
  readonly status: string
  readonly is_error: boolean
  /** The very text that the model gets. */
  readonly text: string
}

export function workbenchOf(
  house: TestHouse,
  context: DoorContext & { readonly who?: Principal } = {},
  options: WorkbenchOptions = {},
): GovernedWorkbench {
  const { who = alice, ...rest } = context
  const statements = house.governed.statements(who, { agent: bot, session: 's1', point: 'mcp', ...rest })
  return new GovernedWorkbench(statements, options)
}

export async function tell(tools: Toolbox, name: string, args: unknown, signal?: AbortSignal): Promise<Told> {
  const { result, is_error } = await tools.callTool(name, args, signal === undefined ? {} : { signal })
  const text = result.map(({ content }) => content).join('\n')
  return { ...JSON.parse(text), is_error, text }
}
