import type { AuditSink } from '../../audit/audit-sink.js'
import type { AuditRecord } from '../../model/record.js'
import type { Metrics } from './metrics.js'

/** Counts what is on record, as a sink that gets a copy of it: it can hold nothing up and change nothing. */
export function recordMetrics(dataSource: string, metrics: Metrics): AuditSink {
  const source = { data_source: dataSource }
  const count = (record: AuditRecord): void => {
    if (record.event === 'control.fail') metrics.controlFailures.inc(source)
    if (record.event.startsWith('approval.'))
      metrics.approvals.inc({ ...source, event: record.event.slice('approval.'.length) })
    if (record.event !== 'statement') return
    // An intent has its outcome follow without a body, so each decision is met once.
    const body = record.body
    if (body !== undefined) {
      const { effect, rule } = body.decision
      metrics.decisions.inc({ ...source, effect, rule })
    }
    if (record.phase !== 'outcome') return
    const { status, durationMs, masked, error } = record.outcome
    metrics.statements.inc({ ...source, status })
    if (error?.code === 'CARDEA_BUDGET_EXCEEDED') metrics.budgetRefusals.inc(source)
    // What never ran took no time worth a figure.
    if (body === undefined && status !== 'unknown') metrics.durations.observe(source, durationMs / 1_000)
    for (const [label, cells] of Object.entries(masked ?? {})) {
      if (cells > 0) metrics.maskedCells.inc({ ...source, label }, cells)
    }
  }
  return Object.freeze({
    name: 'metrics',
    durable: false,
    write: async (records: readonly AuditRecord[]) => records.forEach(count),
    close: async () => {},
  } satisfies AuditSink)
}
