import { type Command, Option } from 'commander'
import type { Effect } from '../../model/decision.js'
import type { OutcomeStatus } from '../../model/record.js'
import { instant } from '../options.js'

const EFFECTS: readonly Effect[] = ['allow', 'deny', 'require_approval']
const STATUSES: readonly OutcomeStatus[] = ['released', 'refused', 'failed', 'cut', 'unknown']

/** The conditions of a search, one option each; commander gives them as a `SearchFilter`. */
export function withFilter(command: Command): Command {
  return command
    .option('--principal <subject>', 'asked by, or on behalf of')
    .option('--agent <id>', 'handed in by the agent')
    .option('--session <id>', 'in the session')
    .option('--data-source <id>', 'meant for the data source')
    .option('--object <relation>', 'touches the relation, with or without its schema')
    .option('--label <label>', 'touches data with the label')
    .addOption(new Option('--decision <effect>', 'was decided').choices(EFFECTS))
    .addOption(new Option('--status <status>', 'ended').choices(STATUSES))
    .option('--rule <id>', 'was decided by the rule')
    .option('--from <instant>', 'began at or after', instant)
    .option('--to <instant>', 'began before', instant)
    .option('--text <text>', 'holds the text anywhere: statement, ids, reasons, errors')
}
