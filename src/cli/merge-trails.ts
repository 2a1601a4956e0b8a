/** Items of several trails as one sequence. */

interface Head<T> {
  readonly from: AsyncIterator<T>
  readonly value: T
}

/**
 * By time, each trail in its own order; of the same time in the order of the trails.
 *
 * @param time ISO 8601 in UTC.
 * @param reverse the trails give their last first.
 */
export async function* byTime<T>(
  sources: readonly AsyncIterable<T>[],
  time: (item: T) => string,
  reverse = false,
): AsyncGenerator<T> {
  const iterators = sources.map(source => source[Symbol.asyncIterator]())
  if (reverse) iterators.reverse()
  const heads: (Head<T> | null)[] = []
  const take = async (from: AsyncIterator<T>): Promise<Head<T> | null> => {
    const next = await from.next()
    return next.done === true ? null : { from, value: next.value }
  }
  try {
    for (const from of iterators) heads.push(await take(from))
    for (;;) {
      let at = -1
      for (const [index, head] of heads.entries()) {
        if (head !== null && (at < 0 || comesFirst(head.value, heads[at]?.value))) at = index
      }
      const head = heads[at]
      if (head === undefined || head === null) return
      yield head.value
      heads[at] = await take(head.from)
    }
  } finally {
    for (const from of iterators) await from.return?.()
  }

  function comesFirst(one: T, other: T | undefined): boolean {
    if (other === undefined) return true
    return reverse ? time(one) > time(other) : time(one) < time(other)
  }
}
