/**
 * Measures by alternating: each round runs every contestant once, in an order that rotates, so that a
 * slow spell of the machine falls on all of them. Ratios are taken within a round, then the median.
 */

export interface Contestant {
  readonly name: string
  /** Does the work `times` times. */
  run(times: number): Promise<void>
}

export interface Measured {
  readonly name: string
  /** Median over the rounds, of one piece of work. */
  readonly microseconds: number
  /** Median over the rounds, against the first contestant. */
  readonly ratio: number
}

export interface Rounds {
  readonly rounds: number
  /** Pieces of work in one round. */
  readonly times: number
}

export async function alternate(
  contestants: readonly Contestant[],
  { rounds, times }: Rounds,
): Promise<Measured[]> {
  for (const { run } of contestants) await run(times)
  const taken = contestants.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length
      const start = process.hrtime.bigint()
      await contestants[index]?.run(times)
      taken[index]?.push(Number(process.hrtime.bigint() - start) / 1000 / times)
    }
  }
  const [first = []] = taken
  return contestants.map(({ name }, index) => {
    const own = taken[index] ?? []
    const ratios = own.map((value, round) => value / (first[round] ?? Number.NaN))
    return { name, microseconds: median(own), ratio: median(ratios) }
  })
}

/** Work for `alternate` whose pieces run one after the other. */
export function oneByOne(name: string, work: (index: number) => unknown): Contestant {
  let index = 0
  const run = async (times: number): Promise<void> => {
    for (let done = 0; done < times; done++) await work(index++)
  }
  return { name, run }
}

/** Work for `alternate` shared by `callers` that wait for nobody but themselves. */
export function sideBySide(name: string, callers: number, work: (index: number) => unknown): Contestant {
  let index = 0
  const run = async (times: number): Promise<void> => {
    let left = times
    const caller = async (): Promise<void> => {
      while (left-- > 0) await work(index++)
    }
    await Promise.all(Array.from({ length: callers }, caller))
  }
  return { name, run }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
