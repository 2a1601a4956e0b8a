/** When a trail is signed and by whom, on a clock that the test owns. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { Sealer } from '../../../src/audit/checkpoints/sealer.js'
import { newEpoch } from '../../../src/audit/keys/epoch-keys.js'
import type { RootSigner } from '../../../src/audit/keys/root-signer.js'
import { openRoot } from '../../../src/audit/keys/trail-root.js'
import { CompactRange } from '../../../src/audit/merkle/compact-range.js'
import { SegmentWriter } from '../../../src/audit/segment-writer.js'
import { nodeTrailFiles } from '../../../src/audit/trail-files.js'
import { ZERO_HASH } from '../../../src/audit/trail-line.js'
import { verifyTrail } from '../../../src/audit/verify.js'
import type { Checkpoint } from '../../../src/model/checkpoint.js'
import { diskError, ids, inDirectory, lifecycle, recordsOf } from '../kit.js'

const MINUTE = 60_000

interface RootState {
  down: boolean
  /** It answers when this resolves. */
  wait: Promise<void> | undefined
}

/** A trail without timers: the test says when a second has passed. */
async function withTrail(
  run: (made: {
    readonly pass: (milliseconds: number, set?: number) => Promise<void>
    readonly write: (count: number) => Promise<void>
    readonly rotate: () => Promise<void>
    readonly root: RootState
    readonly offered: readonly Checkpoint[]
    readonly reasons: () => readonly unknown[]
    readonly directory: string
  }) => Promise<void>,
  segmentBytes = 64 * 1_048_576,
): Promise<void> {
  await inDirectory(async directory => {
    mkdirSync(directory)
    let wall = Date.UTC(2030, 0, 1)
    let steady = 0
    const clock = { now: () => wall, monotonic: () => steady }
    const state: RootState = { down: false, wait: undefined }
    const pair = generateKeyPairSync('ed25519')
    const signer: RootSigner = {
      publicKey: pair.publicKey,
      sign: async bytes => {
        if (state.down) throw diskError('ECONNREFUSED')
        await state.wait
        return sign(null, bytes, pair.privateKey)
      },
    }
    const files = nodeTrailFiles
    const root = await openRoot({ directory, origin: 'here', root: signer, rooted: false, files, ids })
    const offered: Checkpoint[] = []
    const tree = CompactRange.empty()
    const epoch = await newEpoch(root, 1, tree.head())
    const sealer = new Sealer({
      directory,
      root,
      epoch,
      clock,
      ids,
      offer: checkpoint => offered.push(checkpoint),
    })
    const time = () => new Date(wall).toISOString()
    let opened = false
    const writer = new SegmentWriter({
      directory,
      origin: 'here',
      files,
      durability: 'os',
      segmentBytes,
      head: { seq: 0, hash: ZERO_HASH },
      tree,
      segmentNumber: 1,
      openIntents: [],
      segmentRecord: (segment, openIntents, nodes) => {
        const note = opened ? { note: sealer.certificate } : {}
        opened = true
        const detail = { durability: 'os', ...note, openIntents, segment, tree: nodes }
        return { event: 'trail.segment', phase: 'single', id: ids.next(), time: time(), detail }
      },
      sealRecord: (head, policyHash) => sealer.checkpointRecord(head, 'segment', policyHash),
      fullRecord: () => lifecycle('full'),
    })
    await writer.append([sealer.keyRecord()], 'durable')
    await sealer.begin(writer)
    const write = async (count: number, detail = {}) => {
      const record = { ...lifecycle('some', detail), time: time() }
      for (let at = 0; at < count; at++) void writer.append([record], 'accepted')
      await writer.sync()
    }
    try {
      await run({
        pass: async (milliseconds, set = 0) => {
          steady += milliseconds
          wall += milliseconds + set
          await sealer.beat(writer)
        },
        write,
        rotate: async () => {
          const before = writer.segment
          while (writer.segment === before) await write(1, { filler: 'x'.repeat(30_000) })
        },
        root: state,
        offered,
        reasons: () =>
          recordsOf(directory).flatMap(record =>
            record.event === 'trail.checkpoint' ? [record.detail['reason']] : [],
          ),
        directory,
      })
      await sealer.seal(writer, 'close')
    } finally {
      await writer.close()
    }
    const checkpoints = offered.map(({ note }) => note)
    expect(await verifyTrail(directory, { rootKey: pair.publicKey, checkpoints, clock })).toMatchObject({
      status: 'whole',
      unsealed: 0,
      unanchored: false,
      root: { pinned: true, kept: 'elsewhere' },
    })
  })
}

describe('a checkpoint is on record', () => {
  test('a minute after something was written, and not before', () =>
    withTrail(async ({ pass, write, reasons }) => {
      await pass(59_000)
      await write(1)
      await pass(500)
      expect(reasons()).toEqual([])
      await pass(500)
      expect(reasons()).toEqual(['interval'])
      await pass(5 * MINUTE)
      expect(reasons()).toEqual(['interval'])
    }))

  test('after ten thousand records', () =>
    withTrail(async ({ pass, write, reasons }) => {
      await write(9_999)
      await pass(1_000)
      expect(reasons()).toEqual([])
      await write(1)
      await pass(1_000)
      expect(reasons()).toEqual(['interval'])
    }))

  test('every ten minutes of an idle trail: the sign of life', () =>
    withTrail(async ({ pass, reasons, directory }) => {
      for (let minute = 0; minute < 50; minute++) await pass(MINUTE)
      expect(reasons()).toEqual(['idle', 'idle', 'idle', 'idle', 'idle'])
      expect(
        (await verifyTrail(directory, { clock: { now: () => Date.UTC(2030, 0, 1, 0, 51) } })).status,
      ).toBe('whole')
      const later = await verifyTrail(directory, { clock: { now: () => Date.UTC(2030, 0, 1, 2) } })
      expect(later).toMatchObject({ status: 'incomplete', silentSince: '2030-01-01T00:50:00.000Z' })
    }))

  test('and offered to anchors, the root’s own ones too', () =>
    withTrail(async ({ pass, write, offered }) => {
      expect(offered.map(({ signer }) => signer)).toEqual(['root', 'epoch'])
      await write(3)
      await pass(MINUTE)
      expect(offered.map(({ signer, size }) => [signer, size]).slice(2)).toEqual([['epoch', 6]])
    }))
})

describe('a key', () => {
  test('takes over after an hour, and the root signs it with the tree up to there', () =>
    withTrail(async ({ pass, reasons, directory, offered }) => {
      for (let minute = 0; minute < 60; minute += 5) await pass(5 * MINUTE)
      expect(reasons()).toContain('epoch')
      const keys = recordsOf(directory).flatMap(record =>
        record.event === 'trail.key' ? [record.detail['epoch']] : [],
      )
      expect(keys).toEqual([1, 2])
      expect(offered.filter(({ signer }) => signer === 'root')).toHaveLength(2)
    }))

  test('takes over when a segment is closed', () =>
    withTrail(async ({ pass, rotate, reasons, directory }) => {
      await rotate()
      await pass(1_000)
      expect(reasons()).toEqual(['segment', 'epoch'])
      await rotate()
      await rotate()
      await pass(1_000)
      const keys = recordsOf(directory).flatMap(record =>
        record.event === 'trail.key' ? [record.detail['epoch']] : [],
      )
      expect(keys).toEqual([1, 2, 3])
    }, 65_536))

  test('stays in use while the root cannot sign, which is on record, and goes when it can again', () =>
    withTrail(async ({ pass, rotate, root, directory }) => {
      root.down = true
      await rotate()
      await pass(1_000)
      await pass(1_000)
      const failures = () => recordsOf(directory).filter(({ event }) => event === 'control.fail')
      expect(failures()).toMatchObject([
        { detail: { control: 'trail root key', error: { code: 'ECONNREFUSED' } } },
      ])
      root.down = false
      await pass(MINUTE)
      expect(recordsOf(directory).filter(({ event }) => event === 'trail.key')).toHaveLength(2)
    }, 65_536))

  test('stays in use while the root takes its time: checkpoints go on, and the new one takes over later', () =>
    withTrail(async ({ pass, rotate, root, write, directory, reasons }) => {
      let release = () => {}
      root.wait = new Promise<void>(resolve => {
        release = resolve
      })
      await rotate()
      await pass(1_000)
      await write(1)
      await pass(MINUTE)
      expect(reasons()).toEqual(['segment', 'epoch', 'interval'])
      // Another segment is closed before the root has answered.
      await rotate()
      release()
      await root.wait
      await pass(1_000)
      expect(recordsOf(directory).filter(({ event }) => event === 'trail.key')).toHaveLength(2)
      root.wait = undefined
      await pass(1_000)
      expect(recordsOf(directory).filter(({ event }) => event === 'trail.key')).toHaveLength(3)
    }, 65_536))
})

test('a clock that was set is on record, one that only runs is not', () =>
  withTrail(async ({ pass, directory }) => {
    await pass(MINUTE)
    await pass(1_000, -999)
    await pass(1_000, 4_999)
    const steps = () =>
      recordsOf(directory).flatMap(record =>
        record.event === 'trail.clock' ? [record.detail['stepMs']] : [],
      )
    expect(steps()).toEqual([])
    await pass(1_000, -30_000)
    await pass(1_000, 3_600_000)
    expect(steps()).toEqual([-30_000, 3_600_000])
  }))
