/**
 * `cardea/autogen`: a governed database as the tools of an agent, in the JSON of AutoGen 0.7.5.
 */
export type {
  FunctionCall,
  FunctionExecutionResult,
  TextResultContent,
  Toolbox,
  ToolCallOptions,
  ToolParameter,
  ToolResult,
  ToolSchema,
} from '../model/tool.js'
export {
  type FrozenOptions,
  type FrozenStatement,
  type FrozenStatements,
  frozenStatements,
} from './workbench/frozen.js'
export { GovernedWorkbench } from './workbench/governed-workbench.js'
export type { WorkbenchOptions } from './workbench/options.js'
