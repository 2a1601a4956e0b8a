import { inspect } from 'node:util'
import { expect } from '@jest/globals'
import { protectedWords } from './engines.js'

/** Everything that can be read off what a probe got hold of, hidden properties included. */
export function visible(value: unknown): string {
  const parts = [
    inspect(value, {
      depth: 6,
      showHidden: true,
      maxArrayLength: 1000,
      maxStringLength: 100_000,
      breakLength: 200,
    }),
  ]
  if (value instanceof Error)
    parts.push(String(value.stack), value.message, inspect({ ...value }, { depth: 6 }))
  return parts.join('\n')
}

export function expectNoLeak(value: unknown): void {
  const text = visible(value)
  for (const word of protectedWords) expect(text).not.toContain(word)
}

export async function outcomeOf(
  work: () => unknown,
): Promise<{ value?: unknown; error?: Error & { code?: string } }> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(`threw ${inspect(error)}`) }
  }
}

export async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const row of stream) rows.push(row)
  return rows
}
