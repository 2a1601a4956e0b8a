/** The audit sink contract: our sinks keep it, and every promise catches a sink that does not. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import type { AuditSink } from '../../src/audit/audit-sink.js'
import { fileTrail } from '../../src/audit/file-trail.js'
import { memorySink } from '../../src/audit/sinks/memory.js'
import { stdoutSink } from '../../src/audit/sinks/stdout.js'
import { nodeTrailFiles } from '../../src/audit/trail-files.js'
import { readTrail } from '../../src/audit/trail-reader.js'
import type { AuditRecord } from '../../src/model/record.js'
import { type AuditSinkUnderTest, auditSinkContract } from '../../src/testing/index.js'
import { brokenPromises } from './run-contract.js'

function file(durability: 'fsync' | 'os'): AuditSinkUnderTest {
  const directory = mkdtempSync(join(tmpdir(), 'cardea-contract-'))
  let full = false
  const sink = fileTrail(
    { directory, durability },
    {
      ...nodeTrailFiles,
      append: (...given) => {
        if (full) throw new Error('no space left on device')
        return nodeTrailFiles.append(...given)
      },
    },
  )
  return {
    sink,
    async stored() {
      const records: AuditRecord[] = []
      for await (const { v: _v, origin: _origin, seq: _seq, prev: _prev, ...record } of readTrail(
        directory,
      )) {
        if (!record.event.startsWith('trail.')) records.push(record as AuditRecord)
      }
      return records
    },
    breakStorage: () => {
      full = true
    },
    async dispose() {
      await sink.close().catch(() => undefined)
      rmSync(directory, { recursive: true })
    },
  }
}

function memory(): AuditSinkUnderTest {
  const sink = memorySink()
  return { sink, stored: async () => sink.records }
}

function stdout(): AuditSinkUnderTest {
  let text = ''
  let gone = false
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (gone) return done(new Error('EPIPE'))
      text += chunk.toString('utf8')
      done()
    },
  })
  stream.on('error', () => {})
  return {
    sink: stdoutSink({ stream }),
    stored: async () => {
      const lines = text.split('\n').filter(line => line !== '')
      return lines.map(line => {
        const { v: _v, ...record } = JSON.parse(line)
        return record
      })
    },
    breakStorage: () => {
      gone = true
    },
  }
}

describe('fileTrail', () => auditSinkContract({ test, make: () => file('fsync') }))
describe('fileTrail, durability os', () => auditSinkContract({ test, make: () => file('os') }))
describe('memorySink', () => auditSinkContract({ test, make: memory }))
describe('stdoutSink', () => auditSinkContract({ test, make: stdout }))

/** A small sink that keeps every promise, with its parts open to be replaced. */
function honest(): AuditSinkUnderTest & { readonly lines: string[] } {
  const lines: string[] = []
  let queue = Promise.resolve()
  let closed = false
  let full = false
  const sink: AuditSink = {
    name: 'honest',
    durable: true,
    write(records) {
      if (closed) return Promise.reject(new Error('closed'))
      const added = records.map(record => JSON.stringify(record))
      const done = queue.then(() => {
        if (full) throw new Error('full')
        lines.push(...added)
      })
      queue = done.catch(() => {})
      return done
    },
    async close() {
      closed = true
      await queue
    },
  }
  return {
    sink,
    lines,
    stored: async () => lines.map(line => JSON.parse(line)),
    breakStorage: () => {
      full = true
    },
  }
}

type Honest = ReturnType<typeof honest>

const broken = (change: (working: Honest) => Partial<AuditSink>) => (): AuditSinkUnderTest => {
  const working = honest()
  return { ...working, sink: { ...working.sink, ...change(working) } }
}

/** Passes records on changed. */
const rewriting = (change: (records: readonly AuditRecord[]) => readonly unknown[]) =>
  broken(({ sink }) => ({
    write: (records, settle) => sink.write(change(records) as readonly AuditRecord[], settle),
  }))

const text = (change: (text: string) => string) =>
  rewriting(records =>
    records.map(record =>
      'detail' in record && typeof record.detail['text'] === 'string'
        ? { ...record, detail: { ...record.detail, text: change(record.detail['text']) } }
        : record,
    ),
  )

const soon = () => new Promise(resolve => setImmediate(resolve))

const mutants: readonly (readonly [string, () => AuditSinkUnderTest, string])[] = [
  ['has no name', broken(() => ({ name: '' })), 'has a name and says whether it is durable'],
  [
    'does not say whether it is durable',
    broken(() => ({ durable: undefined as unknown as boolean })),
    'has a name and says whether it is durable',
  ],
  [
    'resolves before it has stored',
    broken(({ sink }) => ({
      write: async (records, settle) => {
        void soon()
          .then(() => sink.write(records, settle))
          .catch(() => {})
      },
    })),
    'has stored a record whole when a durable write resolves',
  ],
  [
    'reverses a batch',
    rewriting(records => records.toReversed()),
    'keeps the order within a write and between writes',
  ],
  [
    'keeps only the first of a batch',
    rewriting(records => records.slice(0, 1)),
    'keeps the order within a write and between writes',
  ],
  [
    'writes small records first',
    broken(({ lines }) => ({
      write: async records => {
        const added = records.map(record => JSON.stringify(record))
        if (added.join('').length > 2_000) await soon()
        lines.push(...added)
      },
    })),
    'keeps every record of concurrent writes once, in the order of the calls',
  ],
  [
    'drops writes while it is busy',
    () => {
      const working = honest()
      let busy = false
      const write: AuditSink['write'] = async (records, settle) => {
        if (busy) return
        busy = true
        await working.sink.write(records, settle)
        busy = false
      }
      return { ...working, sink: { ...working.sink, write } }
    },
    'keeps every record of concurrent writes once, in the order of the calls',
  ],
  [
    'writes twice when several come at once',
    broken(({ sink }) => {
      let open = 0
      return {
        write: async (records, settle) => {
          open += 1
          const again = open > 1
          await sink.write(again ? [...records, ...records] : records, settle)
          open -= 1
        },
      }
    }),
    'keeps every record of concurrent writes once, in the order of the calls',
  ],
  [
    'lets a durable write overtake an accepted one',
    broken(({ sink }) => ({
      write: async (records, settle) => {
        if (settle === 'accepted') await soon()
        await sink.write(records, settle)
      },
    })),
    'has stored what was accepted before a durable write resolves',
  ],
  [
    'leaves outcomes out',
    rewriting(records => records.filter(record => record.phase !== 'outcome')),
    'keeps both phases of a statement as they are',
  ],
  [
    'forgets the bindings',
    rewriting(records =>
      records.map(record =>
        'body' in record ? { ...record, body: { ...record.body, bindings: [] } } : record,
      ),
    ),
    'keeps both phases of a statement as they are',
  ],
  [
    'takes an empty write for nothing to do',
    broken(({ sink }) => ({
      write: async (records, settle) => {
        if (records.length === 0) return
        if (settle === 'accepted') await soon()
        await sink.write(records, settle)
      },
    })),
    'settles what was accepted when an empty durable write resolves',
  ],
  ['cuts long text', text(whole => whole.slice(0, 65_536)), 'keeps large records whole'],
  ['loses control characters', text(whole => whole.replace(/\p{Cc}/gu, '')), 'keeps every character'],
  ['normalises Unicode', text(whole => whole.normalize('NFC')), 'keeps every character'],
  [
    'writes into the list it was given',
    broken(({ sink }) => ({
      write: (records, settle) => sink.write((records as AuditRecord[]).splice(0), settle),
    })),
    'leaves the records alone',
  ],
  [
    'forgets what is under way when it closes',
    () => {
      const working = honest()
      let gone = false
      const write: AuditSink['write'] = async (records, settle) => {
        await soon()
        if (!gone) await working.sink.write(records, settle)
      }
      const close = async () => {
        gone = true
      }
      return { ...working, sink: { ...working.sink, write, close } }
    },
    'stores what was under way when it closes',
  ],
  [
    'stays open after close',
    broken(() => ({ close: async () => {} })),
    'rejects a write after close and stores nothing of it',
  ],
  [
    'says yes after close and stores nothing',
    broken(({ sink }) => {
      let closed = false
      return {
        write: async (records, settle) => (closed ? undefined : sink.write(records, settle)),
        close: async () => {
          closed = true
        },
      }
    }),
    'rejects a write after close and stores nothing of it',
  ],
  [
    'swallows the errors of its storage',
    broken(({ sink }) => ({ write: (records, settle) => sink.write(records, settle).catch(() => {}) })),
    'rejects when storage fails, and never claims a record that is not stored',
  ],
  [
    'tells of a failure once and then forgets it',
    broken(({ sink }) => {
      let told = false
      return {
        write: (records, settle) =>
          sink.write(records, settle).catch(error => {
            if (told || settle === 'accepted') return
            told = true
            throw error
          }),
      }
    }),
    'rejects when storage fails, and never claims a record that is not stored',
  ],
]

describe('a sink that breaks a promise is caught', () => {
  test.each(mutants)('it %s', async (_, make, promise) => {
    expect(await brokenPromises(run => auditSinkContract({ test: run, make, patienceMs: 300 }))).toContain(
      promise,
    )
  })

  test('and one that keeps them all is not', async () => {
    expect(await brokenPromises(run => auditSinkContract({ test: run, make: honest }))).toEqual([])
  })

  test('every promise catches somebody', () => {
    const names: string[] = []
    auditSinkContract({ test: name => names.push(name.replace(/^[^:]+: /, '')), make: honest })
    const caught = new Set(mutants.map(([, , promise]) => promise))
    expect(names.filter(name => !caught.has(name))).toEqual([])
  })
})
