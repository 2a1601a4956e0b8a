import { type Clock, systemClock } from '../../util/clock.js'
import { type FrozenStatements, frozenStatements } from './frozen.js'

/** How a workbench behaves. Every option has a default that suits a model that calls over a network. */
export interface WorkbenchOptions {
  /**
   * What a statement that needs an approval does. `ticket` (default): the call answers `approval_required` at
   * once. `wait`: it waits for people, as long as `budgetMs` lets it.
   */
  readonly approval?: 'ticket' | 'wait'
  /**
   * Milliseconds that a call may take. Default 25 000, shorter than the patience of the usual clients. After it
   * the call is dead: what waits never runs, what runs is stopped and rolled back.
   */
  readonly budgetMs?: number
  /**
   * How a refusal is marked. `error` (default): `is_error` is true. `result`: false, with the same text, for
   * frameworks that hide the text of errors from the model.
   */
  readonly denialAs?: 'error' | 'result'
  /** Rows shown where a call does not say, and at most. Default 100. */
  readonly maxRows?: number
  /** Characters of one result's text at most. Default 20 000. */
  readonly maxCharacters?: number
  /** What waits for an approval; shared by the workbenches of a process so that a later call finds it. */
  readonly frozen?: FrozenStatements
  readonly clock?: Clock
}

export type Settled = Required<WorkbenchOptions>

/** @throws RangeError for a number that is no limit. */
export function settled(options: WorkbenchOptions): Settled {
  const { clock = systemClock, budgetMs = 25_000, maxRows = 100, maxCharacters = 20_000 } = options
  // A timer takes no more than 2^31-1 milliseconds.
  within('budgetMs', budgetMs, 1, 2_147_483_647)
  within('maxRows', maxRows, 1, 10_000)
  within('maxCharacters', maxCharacters, 1_000, 10_000_000)
  return Object.freeze({
    approval: options.approval ?? 'ticket',
    budgetMs,
    denialAs: options.denialAs ?? 'error',
    maxRows,
    maxCharacters,
    frozen: options.frozen ?? frozenStatements({ clock }),
    clock,
  })
}

function within(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}.`)
}
