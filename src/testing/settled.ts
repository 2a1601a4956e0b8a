import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** Long enough for a wrong answer to arrive, short enough to wait for in every test. */
const QUIET_MS = 50
/** Fails if the promise settles although nothing has happened that could settle it. */
export async function staysOpen(promise: Promise<unknown>, what: string): Promise<void> {
  const open = Symbol('open')
  const first = await Promise.race([promise.catch(() => undefined), sleep(QUIET_MS).then(() => open)])
  assert.equal(first, open, what)
}

/** Waits for promises that must settle, and fails with words where the runner would only give up. */
export interface Patience {
  /** The promise's value. */
  inTime<T>(promise: Promise<T>, what: string): Promise<T>
  /** Fails if the promise resolves. */
  rejects(promise: Promise<unknown>, what: string): Promise<void>
}

export function patience(milliseconds = 5_000): Patience {
  const inTime = async <T>(promise: Promise<T>, what: string): Promise<T> => {
    const settled = new AbortController()
    const late = sleep(milliseconds, undefined, { signal: settled.signal }).then(() =>
      assert.fail(`not settled within ${milliseconds} ms: ${what}`),
    )
    late.catch(() => {})
    try {
      return await Promise.race([promise, late])
    } finally {
      settled.abort()
    }
  }
  const rejects = async (promise: Promise<unknown>, what: string): Promise<void> => {
    const settled = promise.then(
      () => 'resolved',
      () => 'rejected',
    )
    assert.equal(await inTime(settled, what), 'rejected', what)
  }
  return { inTime, rejects }
}
