/**
 * One record as one line: RFC 8785 canonical JSON of the record with `v`, `origin`, `seq` and `prev`,
 * in which every character that could forge a line, hide text or steer a terminal is written \uXXXX
 * (CWE-117). The escapes are part of the form, so a line has exactly one spelling.
 */
import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import type { AuditRecord } from '../model/record.js'
import { orderedJson, quoted } from './ordered-json.js'
import { outcomeJson, recordWords, statementJson } from './record-json.js'

/** A record with its place in the chain. */
export type TrailEntry = AuditRecord & {
  readonly v: 1
  /** Which writer: host or instance name. */
  readonly origin: string
  /** Gap-free from 1. */
  readonly seq: number
  /** SHA-256 of the previous line without its line feed, hex; zeros for the first. */
  readonly prev: string
}

/** Where a chain ends: the last record's number and the hash of its line. */
export interface ChainHead {
  readonly seq: number
  readonly hash: string
}

export const ZERO_HASH = '0'.repeat(64)

/** No line is longer, line feed included; readers rely on it. What the trail builds itself stays far below. */
export const MAX_LINE_BYTES = 16 * 1_048_576

/**
 * Control (C1), soft hyphen, bidirectional, zero-width, line and paragraph separators, fillers,
 * variation selectors, interlinear and tag characters. Fixed here rather than taken from a Unicode
 * property: the form of a line may not change with the version of Node.
 */
const HIDDEN =
  /[\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|\u034f|[\u180b-\u180f]|[\ufe00-\ufe0f]|\ud82f[\udca0-\udca3]|\ud834[\udd73-\udd7a]|\udb40[\udc00-\udfff]/g

export function encodeLine(record: AuditRecord, origin: string, head: ChainHead): string {
  return lineForm(origin)(record, head)
}

/** `encodeLine` for one writer: parts of statements that recur, and that nothing can change, are put into words once. */
export function lineForm(origin: string): (record: AuditRecord, head: ChainHead) => string {
  const words = recordWords()
  const by = quoted(origin)
  // Members in canonical order: see orderedJson.
  return (record, head) => {
    const { event, id, phase, time } = record
    const body = 'body' in record ? record.body : undefined
    const detail = 'detail' in record ? record.detail : undefined
    const outcome = 'outcome' in record ? record.outcome : undefined
    let json = '{'
    if (body !== undefined) json += `"body":${statementJson(body, words)},`
    if (detail !== undefined) json += `"detail":${orderedJson(detail)},`
    json += `"event":"${event}","id":${quoted(id)},"origin":${by},`
    if (outcome !== undefined) json += `"outcome":${outcomeJson(outcome, words)},`
    json += `"phase":"${phase}","prev":"${head.hash}","seq":${head.seq + 1},"time":${quoted(time)},"v":1}`
    return escapeHidden(json)
  }
}

/** A record by itself, in the same form, for copies that are not chained. */
export function recordLine(record: AuditRecord): string {
  return escapeHidden(orderedJson(record))
}

/** The head behind a line, which is hashed when somebody asks: its bytes must stay until then. */
export function lineHead(seq: number, line: Uint8Array): ChainHead {
  let known: string | undefined
  return {
    seq,
    get hash() {
      known ??= lineHash(line)
      return known
    },
  }
}

/** SHA-256 hex of a line without its line feed. */
export function lineHash(line: Uint8Array): string {
  return hash('sha256', line, 'hex')
}

/** The entry on a line, or in words why it is none. The chain is the caller's to check. */
export function decodeLine(line: Buffer): TrailEntry | string {
  if (!isUtf8(line)) return 'the line is not UTF-8'
  const text = line.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'the line is not JSON'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'the line is not a JSON object'
  if (escapeHidden(orderedJson(value)) !== text) return 'the line is not in canonical form'
  return isEntry(value) ? value : 'the line is not a version 1 record'
}

function isEntry(value: object): value is TrailEntry {
  const entry: Partial<Record<string, unknown>> = { ...value }
  return (
    entry['v'] === 1 &&
    typeof entry['origin'] === 'string' &&
    Number.isSafeInteger(entry['seq']) &&
    typeof entry['prev'] === 'string' &&
    typeof entry['id'] === 'string' &&
    typeof entry['time'] === 'string' &&
    hasItsParts(entry)
  )
}

function hasItsParts(entry: Partial<Record<string, unknown>>): boolean {
  if (entry['event'] !== 'statement') {
    return typeof entry['event'] === 'string' && entry['phase'] === 'single' && isObject(entry['detail'])
  }
  if (entry['phase'] === 'intent') return isObject(entry['body'])
  return entry['phase'] === 'outcome' && isObject(entry['outcome'])
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** Escapes what could forge a line, hide text or steer a terminal. */
export function escapeHidden(json: string): string {
  // As many bytes as characters is ASCII, of which DEL alone is hidden; nearly every line ends here.
  if (Buffer.byteLength(json) === json.length && !json.includes('\u007f')) return json
  return json.replace(HIDDEN, found => {
    let escaped = ''
    for (let index = 0; index < found.length; index++) {
      escaped += `\\u${found.charCodeAt(index).toString(16).padStart(4, '0')}`
    }
    return escaped
  })
}
