/**
 * The trail: durable records beside plain appends, fsyncs that a statement pays, a million records verified, indexed and
 * searched. `--quick` takes a hundredth of them.
 */
import { mkdtemp, open as openFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileTrail } from '../../src/audit/file-trail.js'
import { openTrailIndex } from '../../src/audit/index/trail-index.js'
import { type SearchFilter, type SearchOptions, search } from '../../src/audit/search.js'
import { nodeTrailFiles, type TrailFiles } from '../../src/audit/trail-files.js'
import { recordLine } from '../../src/audit/trail-line.js'
import { verifyTrail } from '../../src/audit/verify.js'
import { intend, masked, open, read, rows, writing } from '../audit/kit.js'
import { alternate, oneByOne, sideBySide } from './rounds.js'
import type { Section } from './section.js'
import { DAY_MS, madeRecords, START } from './trail-records.js'

const CALLERS = 64
/** Every fourth is two records: a million. */
const STATEMENTS = 800_000

export async function trailSections(quick: boolean): Promise<Section[]> {
  const directory = await mkdtemp(join(tmpdir(), 'cardea-bench-trail-'))
  try {
    return [
      await appending(join(directory, 'appending'), quick),
      await syncing(join(directory, 'syncing'), quick),
      ...(await reading(join(directory, 'reading'), join(directory, 'index'), quick)),
    ]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function appending(directory: string, quick: boolean): Promise<Section> {
  const records = endless(10_000)
  const trail = fileTrail({ directory })
  await trail.open?.()
  const plain = await openFile(join(directory, '..', 'plain'), 'a')
  const synced = await openFile(join(directory, '..', 'synced'), 'a')
  try {
    const results = await alternate(
      [
        sideBySide('append, in the page cache', CALLERS, () =>
          plain.appendFile(`${recordLine(records())}\n`),
        ),
        sideBySide('append and fdatasync, each', CALLERS, async () => {
          await synced.appendFile(`${recordLine(records())}\n`)
          await synced.datasync()
        }),
        sideBySide('trail, chained and durable', CALLERS, () => trail.write([records()], 'durable')),
      ],
      { baselines: 2, rounds: quick ? 3 : 15, times: quick ? 640 : 6_400 },
    )
    const durable = results.at(-1)?.microseconds ?? Number.NaN
    const { met, perSecond } = atLeast(25_000, durable)
    return {
      title: `records, ${CALLERS} callers`,
      target: '≥ 25,000 durable records per second',
      results,
      notes: [`trail: ${perSecond} durable records per second, ${met}`],
    }
  } finally {
    await trail.close()
    await plain.close()
    await synced.close()
  }
}

/** What a statement waits for: a read one fsync, a write two. */
async function syncing(directory: string, quick: boolean): Promise<Section> {
  let syncs = 0
  const files: TrailFiles = {
    ...nodeTrailFiles,
    sync: async handle => {
      syncs += 1
      await nodeTrailFiles.sync(handle)
    },
  }
  const trail = await open(directory, {}, files)
  const count = async (work: () => Promise<void>): Promise<number> => {
    const before = syncs
    const times = 200
    for (let done = 0; done < times; done++) await work()
    return Math.round(((syncs - before) / times) * 100) / 100
  }
  const write = async (): Promise<void> => {
    const intended = await intend(trail, writing)
    await trail.release({ ...masked(intended, rows()) })
  }
  try {
    const results = await alternate([oneByOne('a read', () => read(trail)), oneByOne('a write', write)], {
      baselines: 1,
      rounds: quick ? 3 : 15,
      times: quick ? 20 : 200,
    })
    const [ofRead, ofWrite] = [await count(() => read(trail)), await count(write)]
    return {
      title: 'records of one statement with fsync, one caller',
      target: 'a read pays one fsync, a write two',
      results,
      figures: { 'a read': { fsyncs: ofRead }, 'a write': { fsyncs: ofWrite } },
      notes: [`fsyncs: ${ofRead} for a read, ${ofWrite} for a write`],
    }
  } finally {
    await trail.close()
  }
}

async function reading(directory: string, index: string, quick: boolean): Promise<Section[]> {
  const statements = quick ? STATEMENTS / 100 : STATEMENTS
  await written(directory, statements)
  const { records } = await verifyTrail(directory)
  const size = { baselines: 1, rounds: quick ? 2 : 3, times: records }
  const verifying = await alternate(
    [
      whole('verify', () => verifyTrail(directory)),
      whole('search by reading', () => count(directory, DENIED)),
    ],
    size,
  )
  const start = process.hrtime.bigint()
  const opened = await openTrailIndex(index, [directory])
  await opened.update(directory)
  opened.close()
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const day = (at: number): SearchFilter => {
    const from = START + ((at * 37) % 365) * DAY_MS
    return { principal: `person-${(at % 30) + 1}@corp.example`, from, to: from + DAY_MS }
  }
  const looked = await alternate(
    [
      oneByOne('principal and day', at => count(directory, day(at), { index })),
      oneByOne('principal, last twenty', at =>
        count(
          directory,
          { principal: `person-${(at % 30) + 1}@corp.example` },
          { index, reverse: true, limit: 20 },
        ),
      ),
    ],
    { baselines: 1, rounds: quick ? 3 : 9, times: 10 },
  )
  const { met, perSecond } = atLeast(40_000, verifying[0]?.microseconds ?? Number.NaN)
  const memory = Math.round(process.memoryUsage.rss() / 1e6)
  return [
    {
      title: `reading ${records.toLocaleString('en')} records, each`,
      target: 'verify ≥ 40,000 records per second',
      results: verifying,
      notes: [`verify: ${perSecond} records per second, ${met}`],
    },
    {
      title: `searching ${records.toLocaleString('en')} records by an index`,
      target: 'by principal and day under a second',
      most: 1e6,
      results: looked,
      notes: [
        `index of ${statements.toLocaleString('en')} statements: ${seconds.toFixed(1)} s to make, ${Math.round((await stat(index)).size / 1e6)} MB; this process has ${memory} MB`,
      ],
    },
  ]
}

const DENIED: SearchFilter = { decision: 'deny', agent: 'agent-3' }

async function written(directory: string, statements: number): Promise<void> {
  const made = madeRecords(statements)
  const trail = fileTrail({ directory, durability: 'os' })
  await trail.open?.()
  for (let done = 0; done < statements; done++) {
    const settle = done % 256 === 255 ? 'durable' : 'accepted'
    await trail.write(made.next(), settle)
  }
  await trail.close()
}

async function count(directory: string, filter: SearchFilter, options: SearchOptions = {}): Promise<number> {
  let found = 0
  for await (const _ of search(directory, filter, options)) found += 1
  return found
}

/** Work that goes over all records at once: `times` is how many they are. */
function whole(name: string, work: () => Promise<unknown>) {
  return { name, run: async () => void (await work()) }
}

function endless(statements: number) {
  const made = madeRecords(statements)
  const records = Array.from({ length: statements }, () => made.next()).flat()
  let at = 0
  return () => {
    const record = records[at++ % records.length]
    if (record === undefined) throw new Error('There are no records.')
    return record
  }
}

function atLeast(target: number, microseconds: number): { readonly met: string; readonly perSecond: string } {
  const perSecond = 1e6 / microseconds
  return {
    met: perSecond >= target ? 'met' : 'missed',
    perSecond: Math.round(perSecond).toLocaleString('en'),
  }
}
