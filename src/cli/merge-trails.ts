/** Items of several trails as one sequence. */

interface Head<T> {
  readonly from: AsyncIterator<T>
  readonly value: T
}

/** By time, each trail in its own order. @param time ISO 8601 in UTC. */
export async function* byTime<T>(
  sources: readonly AsyncIterable<T>[],
  time: (item: T) => string,
): AsyncGenerator<T> {
  const heads: Head<T>[] = []
  const take = async (from: AsyncIterator<T>): Promise<void> => {
    const next = await from.next()
    if (next.done !== true) heads.push({ from, value: next.value })
  }
  try {
    for (const source of sources) await take(source[Symbol.asyncIterator]())
    while (heads.length > 0) {
      const first = heads.reduce((a, b) => (time(b.value) < time(a.value) ? b : a))
      heads.splice(heads.indexOf(first), 1)
      yield first.value
      await take(first.from)
    }
  } finally {
    for (const { from } of heads) await from.return?.()
  }
}

/** As they come. Ends when all have. */
export async function* asTheyCome<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const next = async (from: AsyncIterator<T>) => ({ from, result: await from.next() })
  const waiting = new Map<AsyncIterator<T>, ReturnType<typeof next>>()
  for (const source of sources) {
    const from = source[Symbol.asyncIterator]()
    waiting.set(from, next(from))
  }
  while (waiting.size > 0) {
    const { from, result } = await Promise.race(waiting.values())
    if (result.done === true) waiting.delete(from)
    else {
      waiting.set(from, next(from))
      yield result.value
    }
  }
}
