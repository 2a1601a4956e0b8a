import { describe, expect, test } from '@jest/globals'
import { ObligationError } from '../../src/errors.js'
import { createMasker } from '../../src/masking/create-masker.js'
import { isEngineError } from '../../src/model/executor.js'
import { isRefusal } from '../../src/model/refusal.js'
import { isStream, type MaskCounts, plainRows, type ResultStream, type Row } from '../../src/model/result.js'
import { executed, type Given, VISA } from './support.js'

/** Batches that note how far they were read and whether they were closed. */
class Source implements AsyncIterable<Row[]> {
  read = 0
  closed = false

  constructor(private readonly batches: Row[][]) {}

  [Symbol.asyncIterator](): AsyncIterator<Row[]> {
    return {
      next: async () => {
        const value = this.batches[this.read]
        if (value === undefined) return { done: true, value: undefined }
        this.read++
        return { done: false, value }
      },
      return: async () => {
        this.closed = true
        return { done: true, value: undefined }
      },
    }
  }
}

function masked(
  source: Source,
  given: Partial<Given> = {},
): { stream: ResultStream; counts: () => MaskCounts } {
  const result = { fields: [{ name: 'a' }], batches: source }
  const outcome = createMasker().mask(executed({ result, ...given }))
  if (isRefusal(outcome)) throw new Error(outcome.code)
  if (isEngineError(outcome.result) || !isStream(outcome.result)) throw new Error('no stream')
  return { stream: outcome.result, counts: outcome.counts }
}

describe('a stream', () => {
  test('is masked batch by batch, with live counts, and nothing read ahead', async () => {
    const source = new Source([[{ a: VISA }], [{ a: 'x' }, { a: VISA }], [{ a: VISA }]])
    const { stream, counts } = masked(source)
    expect(source.read).toBe(0)
    const iterator = stream.batches[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toEqual([{ a: '411111******1111' }])
    expect([source.read, counts()]).toEqual([1, { pan: 1 }])
    expect((await iterator.next()).value).toEqual([{ a: 'x' }, { a: '411111******1111' }])
    expect([source.read, counts()]).toEqual([2, { pan: 2 }])
    await iterator.return?.()
    expect([source.read, source.closed, counts()]).toEqual([2, true, { pan: 2 }])
  })

  test('that is closed before it is read closes its source', async () => {
    const source = new Source([[{ a: VISA }]])
    await masked(source).stream.batches[Symbol.asyncIterator]().return?.()
    expect([source.read, source.closed]).toEqual([0, true])
  })

  test.each([
    ['track data', [{ a: `;${VISA}=27121010000012345678?` }], 'CARDEA_SENSITIVE_DATA'],
    ['a row of another shape', [{ a: 1, b: 2 }], 'CARDEA_RESULT_SHAPE'],
  ])('with %s throws the error of the refusal and closes its source', async (_name, batch, code) => {
    const source = new Source([[{ a: 'first' }], batch, [{ a: 'never' }]])
    const seen: Row[] = []
    const read = async (): Promise<void> => {
      for await (const rows of masked(source).stream.batches) seen.push(...plainRows(rows))
    }
    await expect(read()).rejects.toMatchObject({ constructor: ObligationError, code })
    expect(seen).toEqual([{ a: 'first' }])
    expect([source.read, source.closed]).toEqual([2, true])
  })

  test('that is refused at once is closed', () => {
    const source = new Source([[{ a: VISA }]])
    const result = { fields: [{ name: 'a' }, { name: 'b' }], batches: source }
    const outcome = createMasker().mask(executed({ result, mask: [{ method: 'scan' }] }))
    expect(isRefusal(outcome)).toBe(true)
    expect([source.read, source.closed]).toEqual([0, true])
  })
})
