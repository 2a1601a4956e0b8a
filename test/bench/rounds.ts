/**
 * Measures by alternating: each round runs every contestant once, in an order that rotates, so that a
 * slow spell of the machine falls on all of them. Ratios are taken within a round, then the median.
 */
import type { WireTime } from './wire.js'

export interface Contestant {
  readonly name: string
  /** Does the work `times` times. */
  run(times: number): Promise<void>
}

export interface Measured {
  readonly name: string
  /** Median over the rounds, of one piece of work. */
  readonly microseconds: number
  /** Median over the rounds, against each baseline: the contestants that come first. */
  readonly ratios: readonly number[]
  /** Median over the rounds, processor time of this process: its share of `microseconds`, and its helper threads. */
  readonly processor: number
  /** Median over the rounds, from a query's first byte to the server until its last answer; one caller only. */
  readonly atServer?: number
}

export interface Rounds {
  /** How many of the first contestants are baselines. */
  readonly baselines: number
  /** Given where the contestants have one caller. */
  readonly wire?: WireTime
  readonly rounds: number
  /** Pieces of work in one round. */
  readonly times: number
}

/** One round of one contestant, in microseconds for one piece of work. */
interface Turn {
  readonly elapsed: number
  readonly processor: number
  readonly atServer: number
}

export async function alternate(contestants: readonly Contestant[], options: Rounds): Promise<Measured[]> {
  const { rounds, times, baselines, wire } = options
  for (const { run } of contestants) await run(times)
  const turns = contestants.map((): Turn[] => [])
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length
      const contestant = contestants[index]
      if (contestant !== undefined) turns[index]?.push(await takeTurn(contestant, options))
    }
  }
  return contestants.map(({ name }, index) => {
    const own = turns[index] ?? []
    const against = (baseline: readonly Turn[]) =>
      median(own.map(({ elapsed }, round) => elapsed / (baseline[round]?.elapsed ?? Number.NaN)))
    return {
      name,
      microseconds: median(own.map(({ elapsed }) => elapsed)),
      ratios: turns.slice(0, baselines).map(against),
      processor: median(own.map(({ processor }) => processor)),
      ...(wire === undefined ? {} : { atServer: median(own.map(({ atServer }) => atServer)) }),
    }
  })
}

async function takeTurn({ run }: Contestant, { times, wire }: Rounds): Promise<Turn> {
  wire?.take()
  const usedBefore = process.cpuUsage()
  const start = process.hrtime.bigint()
  await run(times)
  const elapsed = Number(process.hrtime.bigint() - start) / 1000 / times
  const used = process.cpuUsage(usedBefore)
  return { elapsed, processor: (used.user + used.system) / times, atServer: (wire?.take() ?? 0) / times }
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
