/** What stages 1 to 3 cost in this process, without a server: first sight, cached, long, large. */
import { DIALECTS, database, openBench, threeTableJoin } from './courts.js'
import { alternate, type Contestant, oneByOne } from './rounds.js'
import type { Section } from './section.js'

const SIZES = [10, 1_000, 10_000]
const LENGTHS = [1_000, 30_000, 250_000]

/** @param scale what to make of a number of rounds and of pieces of work in each. */
export async function analysisSections(
  scale: (rounds: number, times: number) => { readonly rounds: number; readonly times: number },
): Promise<Section[]> {
  const measure = async (contestants: readonly Contestant[], rounds: number, times: number) =>
    alternate(contestants, { baselines: 1, ...scale(rounds, times) })
  return [
    {
      title: 'first sight of a 3-table join, analysis alone',
      target: '≤ 250 µs',
      most: 250,
      results: await measure(await firstSights(), 31, 200),
    },
    {
      title: 'first sight of a 3-table join, identify to decide, pci-baseline',
      target: 'none of its own',
      results: await measure(await firstDecisions(), 21, 200),
    },
    {
      title: 'cached decision, identify to decide, pci-baseline',
      target: '≤ 10 µs',
      most: 10,
      results: await measure(await cachedDecisions(), 31, 2_000),
    },
    {
      title: 'cached facts of a long text, PostgreSQL',
      target: 'none of its own: the text is hashed and compared',
      results: await measure(await longTexts(), 21, 100),
    },
    {
      title: 'first sight of a 3-table join by relations in the catalog, PostgreSQL',
      target: 'the same for all',
      results: await measure(await catalogs(), 21, 200),
    },
    {
      title: 'arranging a catalog that is new, PostgreSQL',
      target: 'none of its own: once for each version of the schema',
      results: await measure(await newCatalogs(), 11, 2),
    },
  ]
}

function firstSights(): Promise<Contestant[]> {
  return Promise.all(
    DIALECTS.map(async dialect => {
      const bench = await openBench(dialect)
      return oneByOne(dialect, at => bench.analyze(threeTableJoin(dialect, at)))
    }),
  )
}

function firstDecisions(): Promise<Contestant[]> {
  return Promise.all(
    DIALECTS.map(async dialect => {
      const bench = await openBench(dialect)
      return oneByOne(dialect, at => bench.explain(threeTableJoin(dialect, at)))
    }),
  )
}

function cachedDecisions(): Promise<Contestant[]> {
  return Promise.all(
    DIALECTS.map(async dialect => {
      const bench = await openBench(dialect)
      const statement = threeTableJoin(dialect, 0)
      return oneByOne(dialect, () => bench.explain(statement))
    }),
  )
}

/** Each submission brings a string of its own, as one that was read from a socket. */
async function longTexts(): Promise<Contestant[]> {
  const bench = await openBench('postgres')
  return LENGTHS.map(length => {
    const members = Array.from({ length: Math.floor(length / 6) }, (_, at) => 10_000 + (at % 90_000))
    const bytes = Buffer.from(`select id from payments where id in (${members.join()})`)
    return oneByOne(`${length.toLocaleString('en')} characters`, () => bench.analyze(bytes.toString()))
  })
}

function catalogs(): Promise<Contestant[]> {
  return Promise.all(
    SIZES.map(async size => {
      const bench = await openBench('postgres', size)
      return oneByOne(relations(size), at => bench.analyze(threeTableJoin('postgres', at)))
    }),
  )
}

async function newCatalogs(): Promise<Contestant[]> {
  const { analyzeOver } = await openBench('postgres')
  return SIZES.map(size => {
    const picture = database('postgres', size)
    const statement = threeTableJoin('postgres', 0)
    return oneByOne(relations(size), at => analyzeOver(statement, { ...picture, version: `${size}-${at}` }))
  })
}

function relations(size: number): string {
  return `${size.toLocaleString('en')} relations`
}
