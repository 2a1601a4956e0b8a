/** A genuine trail, and what somebody can make of it who holds some of its keys. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkpointText, type EpochLine } from '../../../src/audit/checkpoints/note-text.js'
import { publicKeyBytes, signedNote, verifierKey } from '../../../src/audit/checkpoints/signed-note.js'
import { generateRootKey } from '../../../src/audit/keys/root-signer.js'
import { CompactRange, type TreeHead } from '../../../src/audit/merkle/compact-range.js'
import { encodeLine, lineHash, type TrailEntry, ZERO_HASH } from '../../../src/audit/trail-line.js'
import { type VerifyOptions, type VerifyReport, verifyTrail } from '../../../src/audit/verify.js'
import type { AuditRecord } from '../../../src/model/record.js'
import { inDirectory, open, read, recordsOf, segmentNames, writing } from '../kit.js'

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export const keyPair = (): KeyPair => generateKeyPairSync('ed25519')

/** The keys that somebody holds. Without the root's, certificates stay as they are. */
export interface Keyring {
  readonly root?: KeyPair
  readonly epochs: readonly KeyPair[]
}

export interface Rebuilt {
  readonly lines: readonly string[]
  /** In the place of the lines. */
  readonly bytes?: Buffer
  /** Signed over all of it with the last epoch's key. */
  readonly latest: string
}

const NAME = 'trail.example/01J0000000000000000000TEST'

/** The records in one chain and one tree again, with all hashes and with what signatures the keys allow. */
export function rebuilt(entries: readonly TrailEntry[], keys: Keyring): Rebuilt {
  const tree = CompactRange.empty()
  const lines: string[] = []
  let head = { seq: 0, hash: ZERO_HASH }
  let epoch = 0
  let certificate = ''
  const bySame = (size: TreeHead) =>
    signed(checkpointText(NAME, size), `${NAME}/epoch/${epoch}`, keys.epochs[epoch - 1])
  for (const { v: _v, origin, seq: _seq, prev: _prev, ...rest } of entries) {
    let record = rest as AuditRecord
    if (record.event === 'trail.segment') {
      const { note, ...detail } = record.detail
      const key = note === undefined ? {} : { note: certificate }
      record = { ...record, detail: { ...detail, ...key, tree: tree.nodes() } }
    } else if (record.event === 'trail.key') {
      epoch += 1
      certificate = String(record.detail['note'])
      if (keys.root !== undefined) {
        const publicKey = publicKeyBytes((keys.epochs[epoch - 1] as KeyPair).publicKey)
        certificate = rootNote(keys.root, tree.head(), { number: epoch, publicKey })
        const root = publicKeyBytes(keys.root.publicKey).toString('base64')
        record = { ...record, detail: { ...record.detail, epoch, note: certificate, root } }
      }
    } else if (record.event === 'trail.checkpoint') {
      record = { ...record, detail: { ...record.detail, note: bySame(tree.head()) } }
    }
    const line = encodeLine(record, origin, head)
    head = { seq: head.seq + 1, hash: lineHash(Buffer.from(line)) }
    tree.addLine(Buffer.from(line))
    lines.push(line)
  }
  return { lines, latest: bySame(tree.head()) }
}

export function rootNote(root: KeyPair, tree: TreeHead, epoch?: EpochLine): string {
  return signed(checkpointText(NAME, tree, epoch), NAME, root)
}

function signed(text: string, name: string, pair: KeyPair | undefined): string {
  if (pair === undefined) throw new Error(`no key of ${name}`)
  const key = { name, publicKey: publicKeyBytes(pair.publicKey) }
  return signedNote(text, key, sign(null, Buffer.from(text), pair.privateKey))
}

/** A closed trail of two openings under keys that the test knows. */
export interface Genuine {
  readonly keys: { readonly root: KeyPair; readonly epochs: readonly KeyPair[] }
  readonly entries: readonly TrailEntry[]
  readonly trail: Rebuilt
}

export async function genuine(): Promise<Genuine> {
  const keys = { root: keyPair(), epochs: [keyPair(), keyPair()] }
  const entries = await inDirectory(async directory => {
    for (let opening = 0; opening < 2; opening++) {
      const trail = await open(directory)
      await read(trail)
      await read(trail, writing)
      await read(trail)
      await trail.close()
    }
    return recordsOf(directory)
  })
  return { keys, entries, trail: rebuilt(entries, keys) }
}

/** Puts a trail on disk: its lines in one segment, and what stands beside. */
export function place(directory: string, { bytes, lines, latest }: Rebuilt, root: KeyPair): void {
  writeFileSync(join(directory, '00000001.jsonl'), bytes ?? lines.map(line => `${line}\n`).join(''))
  writeFileSync(join(directory, 'checkpoint'), latest)
  writeFileSync(
    join(directory, 'KEYS'),
    `${verifierKey({ name: NAME, publicKey: publicKeyBytes(root.publicKey) })}\n`,
  )
}

/** What verification says of a trail with these lines. */
export async function verdictOn(
  trail: Rebuilt,
  root: KeyPair,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  return inDirectory(async directory => {
    mkdirSync(directory)
    place(directory, trail, root)
    return verifyTrail(directory, options)
  })
}

/** New numbers and hashes, and every signature as it was: what somebody can do who holds no key. */
export function rechained(entries: readonly TrailEntry[]): readonly string[] {
  let head = { seq: 0, hash: ZERO_HASH }
  return entries.map(({ v: _v, origin, seq: _seq, prev: _prev, ...record }) => {
    const line = encodeLine(record as AuditRecord, origin, head)
    head = { seq: head.seq + 1, hash: lineHash(Buffer.from(line)) }
    return line
  })
}

export interface Place {
  /** A closed trail of two openings with a key that is kept elsewhere. */
  readonly directory: string
  /** A copy of it as it was between the openings. */
  readonly backup: string
  readonly rootFile: string
}

export async function attacked<T>(attack: (place: Place) => Promise<T>): Promise<T> {
  return inDirectory(async directory => {
    const rootFile = `${directory}-root.pem`
    const backup = `${directory}-backup`
    writeFileSync(rootFile, generateRootKey().privateKey, { mode: 0o600 })
    for (let opening = 0; opening < 2; opening++) {
      const trail = await open(directory, { keys: { root: rootFile } })
      await read(trail)
      await read(trail, writing)
      await trail.close()
      if (opening === 0) cpSync(directory, backup, { recursive: true })
    }
    return attack({ directory, backup, rootFile })
  })
}

export function latestOf(directory: string): string {
  return readFileSync(join(directory, 'checkpoint'), 'utf8')
}

/** Changes the lines of one segment, of the last unless told otherwise. */
export function edit(
  directory: string,
  change: (lines: readonly string[]) => readonly string[],
  at = -1,
): void {
  const path = join(directory, segmentNames(directory).at(at) ?? '')
  const before = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  writeFileSync(
    path,
    change(before)
      .map(line => `${line}\n`)
      .join(''),
  )
}
