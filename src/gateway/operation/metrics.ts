/** Figures for Prometheus. Every label value is Cardea's, the configuration's or the policy's, never a caller's. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  readonly requests: Counter<'door' | 'status'>
  readonly toolCalls: Counter<'door' | 'tool' | 'result'>
  readonly limited: Counter<'limit'>
  readonly turnedAway: Counter<'door' | 'code'>
  readonly decisions: Counter<'data_source' | 'effect' | 'rule'>
  readonly statements: Counter<'data_source' | 'status'>
  readonly durations: Histogram<'data_source'>
  readonly budgetRefusals: Counter<'data_source'>
  readonly maskedCells: Counter<'data_source' | 'label'>
  readonly approvals: Counter<'data_source' | 'event'>
  readonly trailFailures: Counter<'data_source'>
  readonly controlFailures: Counter<'data_source'>
  readonly anchorFailures: Counter<'data_source' | 'anchor'>
  readonly reloads: Counter<'result'>
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** @param version of Cardea. */
export function gatewayMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = <Name extends string>(name: string, help: string, labelNames: readonly Name[]) =>
    new Counter<Name>({ name: `cardea_${name}_total`, help, labelNames: [...labelNames], registers })
  new Gauge({
    name: 'cardea_build_info',
    help: 'Always 1; the labels say what is running',
    labelNames: ['version', 'node'],
    registers,
    aggregator: 'first',
  }).set({ version, node: process.version }, 1)
  return Object.freeze({
    registry,
    requests: counter('requests', 'HTTP requests answered', ['door', 'status']),
    toolCalls: counter('tool_calls', 'Tool calls by how they ended', ['door', 'tool', 'result']),
    limited: counter('limited_requests', 'Requests and statements refused for being too many', ['limit']),
    turnedAway: counter('turned_away_clients', 'Clients that no session was opened for', ['door', 'code']),
    decisions: counter('decisions', 'Decisions by effect and rule', ['data_source', 'effect', 'rule']),
    statements: counter('statements', 'Statements by how they ended', ['data_source', 'status']),
    durations: new Histogram({
      name: 'cardea_statement_duration_seconds',
      help: 'From the intent on record to the outcome on record',
      labelNames: ['data_source'],
      buckets: SECONDS,
      registers,
    }),
    budgetRefusals: counter('budget_refusals', 'Statements that a budget refused, whole or in part', [
      'data_source',
    ]),
    maskedCells: counter('masked_cells', 'Cells that masking changed', ['data_source', 'label']),
    approvals: counter('approval_events', 'Steps of approvals on record', ['data_source', 'event']),
    trailFailures: counter('trail_failures', 'Writes that the audit trail did not take', ['data_source']),
    controlFailures: counter('control_failures', 'Failures of a control on record', ['data_source']),
    anchorFailures: counter('audit_anchor_failures', 'Checkpoints that an anchor did not take', [
      'data_source',
      'anchor',
    ]),
    reloads: counter('reloads', 'Reloads of the configuration', ['result']),
  })
}

/**
 * A figure that is looked up when somebody asks. Where it cannot be, it is left out.
 *
 * @param aggregator what the figure of several processes together is.
 */
export function observed(
  { registry }: Metrics,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: () => Promise<readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[]>,
  aggregator: 'sum' | 'max' = 'sum',
): void {
  new Gauge({
    name: `cardea_${name}`,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    aggregator,
    async collect() {
      this.reset()
      const values = await read().catch(() => [])
      for (const [labels, value] of values) this.set(labels, value)
    },
  })
}
