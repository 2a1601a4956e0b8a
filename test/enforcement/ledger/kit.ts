import type { CallLedger, LedgerCall } from '../../../src/enforcement/call-ledger.js'
import { type CallLedgerOptions, callLedger } from '../../../src/enforcement/ledger/ledger.js'
import type { ToolResult } from '../../../src/model/tool.js'
import type { Clock } from '../../../src/util/clock.js'
import { ulids } from '../../../src/util/ids.js'

export interface HandClock extends Clock {
  pass(milliseconds: number): void
}

export function handClock(): HandClock {
  let now = 1_790_000_000_000
  return {
    now: () => now,
    monotonic: () => now,
    pass: milliseconds => {
      now += milliseconds
    },
  }
}

export const key = Buffer.alloc(32, 7)

export function ledgerWith(clock: Clock, options: Partial<CallLedgerOptions> = {}): CallLedger {
  return callLedger({ clock, ids: ulids(clock), key, ...options })
}

export const insert: LedgerCall = {
  caller: 'alice bot s1 billing',
  tool: 'execute',
  args: { sql: 'insert into refunds (amount) values ($1)', params: [12] },
}

export function answer(value: object): ToolResult {
  const content = JSON.stringify(value)
  return {
    type: 'ToolResult',
    name: 'execute',
    result: [{ type: 'TextResultContent', content }],
    is_error: false,
  }
}

/** Work that counts how often it is done. */
export function counted(value: object = { status: 'executed', affected_rows: 1 }) {
  const work = Object.assign(
    async (): Promise<ToolResult> => {
      work.runs += 1
      await work.pause
      return answer({ ...value, run: work.runs })
    },
    { runs: 0, pause: Promise.resolve() as Promise<unknown> },
  )
  return work
}

export function said(result: ToolResult): Record<string, unknown> {
  return JSON.parse(result.result[0]?.content ?? '') as Record<string, unknown>
}

export function gate() {
  let open: () => void = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}
