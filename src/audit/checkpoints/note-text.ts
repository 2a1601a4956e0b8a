/**
 * What a checkpoint says: C2SP tlog-checkpoint. One that introduces the key of an epoch says it in a fourth line,
 * `epoch <number> <base64 public key>`.
 *
 * @see https://c2sp.org/tlog-checkpoint
 */
import type { TreeHead } from '../merkle/compact-range.js'
import { type Note, parseNote } from './signed-note.js'

export interface EpochLine {
  /** From 1. */
  readonly number: number
  readonly publicKey: Buffer
}

export interface ParsedCheckpoint extends TreeHead {
  readonly origin: string
  readonly epoch?: EpochLine
  readonly note: Note
  /** The signed note, as it was read. */
  readonly source: string
}

export function checkpointText(origin: string, { size, root }: TreeHead, epoch?: EpochLine): string {
  const extension = epoch === undefined ? '' : `epoch ${epoch.number} ${epoch.publicKey.toString('base64')}\n`
  return `${origin}\n${size}\n${root.toString('base64')}\n${extension}`
}

/** @returns undefined where it is no checkpoint of a trail. Signatures are the caller's to check. */
export function parseCheckpoint(text: string): ParsedCheckpoint | undefined {
  const note = parseNote(text)
  if (note === undefined) return undefined
  const [origin = '', digits = '', base64 = '', extension, ...more] = note.text.slice(0, -1).split('\n')
  const root = Buffer.from(base64, 'base64')
  const epoch = extension === undefined ? undefined : parseEpoch(extension)
  const head = { size: Number(digits), root }
  const sound =
    Number.isSafeInteger(head.size) &&
    root.length === 32 &&
    more.length === 0 &&
    (extension === undefined) === (epoch === undefined) &&
    // One spelling: no other text says the same.
    checkpointText(origin, head, epoch) === note.text
  if (!sound) return undefined
  return { origin, ...head, ...(epoch === undefined ? undefined : { epoch }), note, source: text }
}

function parseEpoch(line: string): EpochLine | undefined {
  const [, number, base64] = /^epoch ([1-9]\d{0,14}) ([A-Za-z0-9+/]{43}=)$/.exec(line) ?? []
  if (number === undefined || base64 === undefined) return undefined
  return { number: Number(number), publicKey: Buffer.from(base64, 'base64') }
}

/** Checkpoints that stand one after the other in a text, as they were mailed, logged or printed. */
export function parseCheckpoints(text: string): readonly ParsedCheckpoint[] | undefined {
  const found: ParsedCheckpoint[] = []
  // A checkpoint ends with its last signature line; its own empty line stands before the first.
  const parts = text.replaceAll('\r\n', '\n').match(/[^\n][\s\S]*?\n\n(?:\u2014 [^\n]+(?:\n|$))+/gu) ?? []
  for (const part of parts) {
    const checkpoint = parseCheckpoint(part.endsWith('\n') ? part : `${part}\n`)
    if (checkpoint === undefined) return undefined
    found.push(checkpoint)
  }
  return found.length === 0 ? undefined : found
}
