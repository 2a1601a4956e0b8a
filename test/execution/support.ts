import pg from 'pg'
import Cursor from 'pg-query-stream'
import type { Obligations } from '../../src/model/decision.js'
import type { EngineError, ExecutionLimits, Executor } from '../../src/model/executor.js'
import type { AnalyzedFacts, StatementEffect } from '../../src/model/facts.js'
import type { Grant } from '../../src/model/grant.js'
import type { OutputColumn } from '../../src/model/lineage.js'
import type { Intended } from '../../src/model/progress.js'
import type { Result, Row } from '../../src/model/result.js'

/** What the trail would hand over: the few parts that execution reads. */
export function intended(
  obligations: Partial<Obligations>,
  effects: readonly Partial<StatementEffect>[] | 'unanalyzable' = [{ kind: 'select', verb: 'select' }],
  output: readonly OutputColumn[] = [],
  grant: Pick<Grant, 'kind'> | null = null,
): Intended {
  const facts: Partial<AnalyzedFacts> | { analyzable: false } =
    effects === 'unanalyzable'
      ? { analyzable: false }
      : {
          analyzable: true,
          effects: effects.map(effect => ({ kind: 'select', verb: effect.kind ?? 'select', ...effect })),
          output,
          readOnly: effects.every(({ kind = 'select' }) => kind === 'select'),
        }
  const decision = {
    id: '01DECISION',
    rule: 'some-rule',
    obligations: { mask: 'none', errors: 'pass', readOnly: false, ...obligations },
  }
  return { cleared: { facts, decision, grant } } as unknown as Intended
}

/** Runs one statement over a pg connection, and notes what was asked of it. */
export class PgExecutor implements Executor {
  readonly asked: string[] = []
  limits: ExecutionLimits | undefined

  constructor(
    private readonly url: string,
    private readonly client: pg.Client,
    private readonly statement: string,
    private readonly streaming = false,
  ) {}

  async run(limits: ExecutionLimits): Promise<Result | EngineError> {
    this.asked.push('run')
    this.limits = limits
    const cancel = () => void this.cancel()
    limits.signal.addEventListener('abort', cancel, { once: true })
    try {
      return this.streaming ? this.stream() : await this.query(limits)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error
      return {
        failed: true,
        message: error.message,
        ...(error.code === undefined ? {} : { code: error.code }),
      }
    } finally {
      if (!this.streaming) limits.signal.removeEventListener('abort', cancel)
    }
  }

  private async query({ maxRows, readOnly }: ExecutionLimits): Promise<Result> {
    if (readOnly) await this.client.query('set transaction_read_only = on').catch(() => undefined)
    const { fields, rows, rowCount, command } = await this.client.query<Record<string, unknown>>(
      this.statement,
    )
    const kept = maxRows === undefined ? rows : rows.slice(0, maxRows)
    return {
      fields: fields.map(({ name }) => ({ name })),
      rows: kept,
      truncated: kept.length < rows.length,
      ...(command === 'SELECT' || rowCount === null ? {} : { affected: rowCount }),
    }
  }

  private stream(): Result {
    const rows = this.client.query(new Cursor(this.statement, [], { batchSize: 10 }))
    async function* batches(): AsyncGenerator<Row[]> {
      for await (const row of rows) yield [row as Row]
    }
    return { fields: [{ name: 'n' }], batches: batches() }
  }

  private async cancel(): Promise<void> {
    const other = new pg.Client(this.url)
    await other.connect()
    const { processID } = this.client as unknown as { processID: number }
    await other.query('select pg_cancel_backend($1)', [processID])
    await other.end()
  }

  async begin(): Promise<void> {
    this.asked.push('begin')
    await this.client.query('begin')
  }

  async commit(): Promise<void> {
    this.asked.push('commit')
    await this.client.query('commit')
  }

  async rollback(): Promise<void> {
    this.asked.push('rollback')
    await this.client.query('rollback')
  }
}
