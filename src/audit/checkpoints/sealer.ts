/**
 * Signs what a trail has written: the file `checkpoint` every second, a `trail.checkpoint` record now and then, a new key every
 * hour. Idle trails are signed too: a trail that falls silent for longer has lost its writer or its tail.
 */
import type { Checkpoint } from '../../model/checkpoint.js'
import type { AuditRecord, LifecycleEvent } from '../../model/record.js'
import type { Clock } from '../../util/clock.js'
import type { Ids } from '../../util/ids.js'
import { errorCode } from '../error-code.js'
import { type Epoch, newEpoch } from '../keys/epoch-keys.js'
import type { TrailRoot } from '../keys/trail-root.js'
import type { TreeHead } from '../merkle/compact-range.js'
import { ClockWatch } from './clock-watch.js'
import { latestPath } from './latest-checkpoint.js'
import { parseCheckpoint } from './note-text.js'
import { writeWholeFile } from './whole-file.js'

/** A record says so after this many records, or this many milliseconds, whichever comes first. */
const EVERY_RECORDS = 10_000
const EVERY_MS = 60_000
/** Milliseconds without any record after which one says that there is none. */
export const HEARTBEAT_MS = 600_000
/** Milliseconds that a key of an epoch is used, unless a segment is closed before. */
const EPOCH_MS = 3_600_000
/** Milliseconds that a beat waits for the root key. */
const ROOT_MOMENT_MS = 100
/** Milliseconds until a root key that could not sign is asked again. */
const ROOT_AGAIN_MS = 60_000

/** Why a checkpoint is on record; `'idle'` is the heartbeat of a trail that nothing was written to. */
export type CheckpointReason = 'interval' | 'idle' | 'segment' | 'epoch' | 'close'

/** What of a segment writer is needed here. */
export interface SealedWriter {
  readonly segment: number
  readonly policyHash: string | undefined
  tree(): TreeHead
  sync(): Promise<void>
  appendOn(make: (tree: TreeHead) => AuditRecord): Promise<void>
}

export interface SealerOptions {
  readonly directory: string
  readonly root: TrailRoot
  readonly epoch: Epoch
  readonly clock: Clock
  readonly ids: Ids
  /** Given every checkpoint that is worth to be kept elsewhere. */
  readonly offer: (checkpoint: Checkpoint) => void
}

interface Asked {
  /** That is written to meanwhile. */
  readonly segment: number
  answer: 'none' | Epoch | { readonly error: unknown }
  settled: Promise<void>
}

export class Sealer {
  readonly #options: SealerOptions
  readonly #watch: ClockWatch
  #epoch: Epoch
  #epochSegment = 0
  #epochSince: number
  #rootAgain = 0
  /** The root is signing the next key. */
  #asked: Asked | undefined
  /** Size of the tree with the last record that holds a checkpoint, and when that was written. */
  #sealed = 0
  #sealedAt: number
  /** What the file `checkpoint` holds. */
  #latest = { size: -1, note: '' }

  constructor(options: SealerOptions) {
    this.#options = options
    this.#watch = new ClockWatch(options.clock)
    this.#epoch = options.epoch
    this.#epochSince = options.clock.monotonic()
    this.#sealedAt = this.#epochSince
  }

  /** What the root says of the key in use. */
  get certificate(): string {
    return this.#epoch.certificate
  }

  /** Introduces the key in use: what follows is signed with it. */
  keyRecord(): AuditRecord {
    const { key, kept } = this.#options.root
    return this.#record('trail.key', {
      epoch: this.#epoch.number,
      note: this.#epoch.certificate,
      root: key.publicKey.toString('base64'),
      rootKept: kept,
    })
  }

  /** @param tree of all records before the one that is made. */
  checkpointRecord(tree: TreeHead, reason: CheckpointReason, policyHash: string | undefined): AuditRecord {
    this.#sealed = tree.size + 1
    this.#sealedAt = this.#options.clock.monotonic()
    return this.#record('trail.checkpoint', {
      note: this.#epoch.sign(tree),
      ...(policyHash === undefined ? undefined : { policyHash }),
      reason,
    })
  }

  /** The opening is on record. */
  async begin(writer: SealedWriter): Promise<void> {
    this.#epochSegment = writer.segment
    this.#sealed = writer.tree().size
    const note = await this.note(writer)
    this.#offer(this.#epoch.certificate, 'root')
    this.#offer(note, 'epoch')
  }

  /** Once a second. */
  async beat(writer: SealedWriter): Promise<void> {
    const step = this.#watch.look()
    if (step !== undefined) await writer.appendOn(() => this.#record('trail.clock', { stepMs: step }))
    const reason = this.#due(writer)
    if (reason === undefined) await this.note(writer)
    else await this.seal(writer, reason)
    await this.#renew(writer)
  }

  /** Puts a checkpoint on record and signs it with everything before. @returns the tree that the record names. */
  async seal(writer: SealedWriter, reason: CheckpointReason): Promise<TreeHead> {
    let named = writer.tree()
    await writer.appendOn(tree => {
      named = tree
      return this.checkpointRecord(tree, reason, writer.policyHash)
    })
    this.#offer(await this.note(writer), 'epoch')
    return named
  }

  /** Brings the file `checkpoint` up to what is written, once that is on stable storage. @returns what it holds. */
  async note(writer: SealedWriter): Promise<string> {
    const tree = writer.tree()
    if (tree.size === this.#latest.size) return this.#latest.note
    const note = this.#epoch.sign(tree)
    await writer.sync()
    await writeWholeFile(latestPath(this.#options.directory), note)
    this.#latest = { size: tree.size, note }
    return note
  }

  #due(writer: SealedWriter): CheckpointReason | undefined {
    const records = writer.tree().size - this.#sealed
    const passed = this.#options.clock.monotonic() - this.#sealedAt
    if (records >= EVERY_RECORDS || (records > 0 && passed >= EVERY_MS)) return 'interval'
    return passed >= HEARTBEAT_MS ? 'idle' : undefined
  }

  #epochIsOver(writer: SealedWriter): boolean {
    const now = this.#options.clock.monotonic()
    const over = writer.segment !== this.#epochSegment || now - this.#epochSince >= EPOCH_MS
    return over && now >= this.#rootAgain
  }

  /**
   * The old key signs the tree up to here once more, the root signs the same tree with the new key. It may take its time:
   * until it has, the old key goes on.
   */
  async #renew(writer: SealedWriter): Promise<void> {
    if (this.#asked === undefined && this.#epochIsOver(writer)) {
      const { segment } = writer
      const tree = await this.seal(writer, 'epoch')
      this.#asked = { segment, answer: 'none', settled: Promise.resolve() }
      this.#asked.settled = this.#ask(this.#asked, tree)
    }
    const asked = this.#asked
    if (asked === undefined) return
    await promptly(asked.settled)
    if (asked.answer === 'none') return
    this.#asked = undefined
    const { answer, segment } = asked
    if ('error' in answer) {
      this.#rootAgain = this.#options.clock.monotonic() + ROOT_AGAIN_MS
      await writer.appendOn(() => this.#rootFailure(answer.error))
    } else await this.#adopt(answer, segment, writer)
  }

  #ask(asked: Asked, tree: TreeHead): Promise<void> {
    return newEpoch(this.#options.root, this.#epoch.number + 1, tree).then(
      epoch => {
        asked.answer = epoch
      },
      (error: unknown) => {
        asked.answer = { error }
      },
    )
  }

  async #adopt(next: Epoch, segment: number, writer: SealedWriter): Promise<void> {
    await writer.appendOn(() => {
      this.#epoch = next
      return this.keyRecord()
    })
    this.#epochSegment = segment
    this.#epochSince = this.#options.clock.monotonic()
    this.#sealed = writer.tree().size
    this.#offer(next.certificate, 'root')
    await this.note(writer)
  }

  /** Once for each time that the root is asked (PCI DSS 10.7.2); the key in use goes on meanwhile. */
  #rootFailure(error: unknown): AuditRecord {
    const cause = error instanceof Error ? error.cause : undefined
    return this.#record('control.fail', {
      control: 'trail root key',
      error: { code: errorCode(cause) ?? errorCode(error) ?? 'unknown' },
    })
  }

  #offer(note: string, signer: Checkpoint['signer']): void {
    const checkpoint = parseCheckpoint(note)
    if (checkpoint === undefined) return
    const { origin, root, size } = checkpoint
    this.#options.offer({ origin, size, root: root.toString('base64'), note, signer, time: this.#time() })
  }

  #record(event: LifecycleEvent, detail: Readonly<Record<string, unknown>>): AuditRecord {
    return { event, phase: 'single', id: this.#options.ids.next(), time: this.#time(), detail }
  }

  #time(): string {
    return new Date(this.#options.clock.now()).toISOString()
  }
}

/** Waits a moment for what mostly is there at once; the next beat looks again. */
async function promptly(settled: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const moment = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ROOT_MOMENT_MS)
  })
  await Promise.race([settled, moment])
  clearTimeout(timer)
}
