import { PassThrough } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { type Found, type SearchFilter, search } from '../../src/audit/search.js'
import { memorySink } from '../../src/audit/sinks/memory.js'
import { stdoutSink } from '../../src/audit/sinks/stdout.js'
import type { Trail } from '../../src/audit/trail.js'
import type { TrailEntry } from '../../src/audit/trail-line.js'
import { readTrail, type TailOptions, tail } from '../../src/audit/trail-reader.js'
import type { AuditRecord } from '../../src/model/record.js'
import { auditSinkContract } from '../../src/testing/audit-sink-contract.js'
import {
  alice,
  cleared,
  decision,
  inDirectory,
  labelled,
  lifecycle,
  lines,
  lingered,
  masked,
  open,
  read,
  rows,
  submission,
} from './kit.js'

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of from) all.push(one)
  return all
}

/** Two reads, one refusal, one note, one statement still open. */
async function story(trail: Trail): Promise<void> {
  await read(trail)
  const bot = { subject: 'bot', issuer: 'agents', kind: 'agent' as const, onBehalfOf: alice }
  const agent = { framework: 'autogen', id: 'other-bot' }
  const cards = labelled('pan', {
    relations: [{ schema: 'vault', relation: 'cards', access: 'read', system: false }],
  })
  const intended = await trail.intend(
    cleared({
      principal: bot,
      facts: cards,
      submission: submission({ agent, statement: 'select pan from vault.cards' }),
    }),
  )
  await trail.fail(intended, new Error('connection “lost”\n'))
  await trail.refuse(submission({ statement: 'drop table orders' }), {
    refused: true,
    code: 'CARDEA_POLICY_DENIED',
    reason: 'DDL',
    evidence: {
      principal: alice,
      decision: { ...decision, effect: 'deny', rule: 'no-ddl', id: 'DECISION-9' },
    },
  })
  await trail.note('policy.load', { file: 'policy.yaml' })
  await trail.intend(cleared())
}

const statements = (found: readonly Found[]) =>
  found.map(one =>
    one.kind === 'event' ? one.record.event : `${one.outcome?.status ?? 'open'} ${one.statement.statement}`,
  )

describe('search', () => {
  const READ = 'select id, note from orders where id = $1'
  const cases: readonly (readonly [SearchFilter, readonly string[]])[] = [
    [
      { principal: 'alice@corp.example' },
      [`released ${READ}`, 'failed select pan from vault.cards', 'refused drop table orders', `open ${READ}`],
    ],
    [{ principal: 'BOT' }, ['failed select pan from vault.cards']],
    [{ agent: 'other-bot' }, ['failed select pan from vault.cards']],
    [{ object: 'cards' }, ['failed select pan from vault.cards']],
    [{ object: 'vault.cards', principal: 'bot' }, ['failed select pan from vault.cards']],
    [{ object: 'card' }, []],
    [{ label: 'pan' }, ['failed select pan from vault.cards']],
    [{ decision: 'deny' }, ['refused drop table orders']],
    [{ rule: 'no-ddl' }, ['refused drop table orders']],
    [{ status: 'released' }, [`released ${READ}`]],
    [{ text: 'decision-9' }, ['refused drop table orders']],
    [{ text: 'connection “LOST”' }, ['failed select pan from vault.cards']],
    [{ text: 'policy.yaml' }, ['policy.load']],
    [{ text: 'nowhere' }, []],
    [{ to: 0 }, []],
    [{ from: Number.MAX_SAFE_INTEGER }, []],
  ]
  test.each(cases)('%j', async (filter, expected) => {
    await inDirectory(async directory => {
      const trail = await open(directory)
      await story(trail)
      await lingered()
      expect(statements(await collect(search(directory, filter)))).toEqual(expected)
      await trail.close()
    })
  })

  test('joins intent and outcome, over segments too', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory, { segmentBytes: 65_536 })
      const intended = await trail.intend(cleared({ submission: submission({ session: 'long' }) }))
      for (let at = 0; at < 100; at++) await read(trail)
      await trail.release(masked(intended, rows()))
      const found = (await collect(search(directory))).filter(
        one => one.kind === 'statement' && one.statement.session === 'long',
      )
      expect(found).toMatchObject([{ id: intended.recordId, outcome: { status: 'released', rows: 1 } }])
      await trail.close()
    })
  })

  test('finds by time, from inclusive to exclusive', async () => {
    await inDirectory(async directory => {
      const at = Date.parse('2030-01-01T00:00:00.000Z')
      const trail = await open(directory, { clock: { now: () => at, monotonic: () => 0 } })
      await trail.close()
      const segment = (found: readonly Found[]) => statements(found).filter(name => name === 'trail.segment')
      expect(segment(await collect(search(directory, { from: at, to: at + 1 })))).toHaveLength(1)
      expect(segment(await collect(search(directory, { from: at + 1 })))).toHaveLength(0)
      expect(segment(await collect(search(directory, { to: at })))).toHaveLength(0)
    })
  })
})

describe('tail', () => {
  const seqs = async (directory: string, options: TailOptions) =>
    (await collect(tail(directory, options))).map(({ seq }) => seq)

  test('gives exactly the last, over segments', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory, { segmentBytes: 65_536 })
      for (let at = 0; at < 150; at++) await read(trail)
      await trail.close()
      const total = lines(directory).length
      for (const last of [0, 1, 2, 10, 97, total - 1, total, total + 50]) {
        const wanted = Math.min(last, total)
        const expected = Array.from({ length: wanted }, (_, index) => total - wanted + index + 1)
        expect(await seqs(directory, { last })).toEqual(expected)
      }
      expect(await collect(readTrail(directory))).toHaveLength(total)
    })
  })

  test('follows what is written, into new segments, until it is told to stop', async () => {
    await inDirectory(async directory => {
      const trail = await open(directory, { segmentBytes: 65_536 })
      const stop = new AbortController()
      const seen: TrailEntry[] = []
      const following = (async () => {
        for await (const entry of tail(directory, {
          last: 1,
          follow: true,
          pollMs: 5,
          signal: stop.signal,
        })) {
          seen.push(entry)
          if (entry.event === 'trail.close') stop.abort()
        }
      })()
      for (let at = 0; at < 150; at++) await read(trail)
      await trail.close()
      await following
      const first = seen[0]?.seq ?? 0
      expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => first + index))
      expect(seen.at(-1)?.seq).toBeGreaterThanOrEqual(first + 150)
    })
  })
})

describe('the memory sink', () => {
  auditSinkContract({
    test,
    make: () => {
      const sink = memorySink()
      return { sink, stored: async () => sink.records }
    },
  })
})

describe('the stdout sink', () => {
  auditSinkContract({
    test,
    make: () => {
      const stream = new PassThrough()
      let text = ''
      stream.on('data', chunk => {
        text += String(chunk)
      })
      return {
        sink: stdoutSink({ stream }),
        stored: async () =>
          text
            .split('\n')
            .slice(0, -1)
            .map(line => JSON.parse(line) as AuditRecord),
        breakStorage: () => {
          stream.destroy()
        },
      }
    },
  })

  test('lets no text forge a line or steer a terminal', async () => {
    const stream = new PassThrough({ encoding: 'utf8' })
    const sink = stdoutSink({ stream })
    await sink.write([lifecycle('one', { text: 'a\n{"event":"x"}\u001b[2J\u202e\u2028' })], 'durable')
    expect(String(stream.read())).toMatch(/^[^\n\p{Cc}\p{Cf}\p{Zl}]+\n$/u)
  })
})
