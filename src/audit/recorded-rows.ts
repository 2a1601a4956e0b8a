/**
 * What the outcome says about released rows: how many, a digest over all of them and the first few as
 * payload, in one pass and flat memory. Forms of values in both (docs/audit.md): a bigint is its decimal
 * text, a date ISO 8601, bytes `\x` and hex, NaN and the infinities their names, undefined null.
 *
 * An unkeyed digest over an unmasked PAN would be the PAN (its truncation stands beside it, PCI DSS
 * 3.5.1), so cells that masking did not settle enter digest and payload in their scrubbed form.
 */

import { createHash, type Hash, hash } from 'node:crypto'
import { types } from 'node:util'
import type { EncodedRows } from '../model/encoded.js'
import type { Facts } from '../model/facts.js'
import { lineageLabels, outputAt } from '../model/lineage.js'
import type { DecidedSubmission } from '../model/progress.js'
import type { OutcomeDetail } from '../model/record.js'
import { type Batch, type Field, isEncoded, type Row } from '../model/result.js'
import type { Scrubber } from '../model/scrub.js'
import { EncodedDigest } from './encoded-digest.js'
import { EncodedPayload } from './encoded-payload.js'
import { holdsNothing } from './encoded-types.js'
import { orderedJson } from './ordered-json.js'
import { cellsJson, isLonger, plain, scrubbed } from './plain-value.js'

/** `settled`: masked or scanned. `open`: released as it is. `shown`: protected data released as it is. */
type Standing = 'settled' | 'open' | 'shown'

const HASH_CHUNK = 65_536

/** How masking left each column, by position. */
function standings(fields: readonly Field[], decided: DecidedSubmission): readonly Standing[] {
  const { mask } = decided.decision.obligations
  const spread = decided.facts.analyzable && decided.facts.output[0]?.spread === true
  return fields.map((_, index) => {
    if (mask === 'scan-all') return 'settled'
    const method = mask === 'none' ? 'keep' : (mask[spread ? 0 : index]?.method ?? 'keep')
    return method === 'keep' ? keptStanding(decided.facts, index) : 'settled'
  })
}

function keptStanding(facts: Facts, index: number): Standing {
  const lineage = facts.analyzable ? outputAt(facts.output, index)?.lineage : undefined
  if (lineage === undefined || lineage.kind === 'aggregate') return 'open'
  return lineageLabels(lineage).length > 0 ? 'shown' : 'open'
}

export type RowsDetail = Pick<
  OutcomeDetail,
  'rows' | 'columns' | 'digest' | 'digestForm' | 'payload' | 'payloadTruncated'
>

/** Takes rows as they are released. */
export class RowAccount {
  readonly #fields: readonly Field[]
  readonly #names: readonly string[]
  readonly #standings: readonly Standing[]
  readonly #scrubber: Scrubber
  readonly #payload: unknown[] = []
  #room: number
  #truncated = false
  #rows = 0
  #text = ''
  #hash: Hash | undefined
  #encoded: { readonly digest: EncodedDigest; readonly payload: EncodedPayload } | undefined

  /** @param payloadCap characters of JSON that the payload may take. */
  constructor(fields: readonly Field[], decided: DecidedSubmission, scrubber: Scrubber, payloadCap: number) {
    this.#fields = fields
    this.#names = fields.map(field => field.name)
    this.#standings = standings(fields, decided)
    this.#scrubber = scrubber
    this.#room = payloadCap
  }

  add(rows: Batch): void {
    if (isEncoded(rows)) {
      this.#addEncoded(rows)
      return
    }
    for (const row of rows) {
      this.#text += `${cellsJson(this.#cells(row))}\n`
      if (this.#text.length > HASH_CHUNK) this.#drain()
      if (!this.#truncated) this.#keep(row)
      this.#rows += 1
    }
  }

  /** @param text masks and cuts a column name. */
  detail(text: (text: string) => string): RowsDetail {
    if (this.#fields.length === 0) return { rows: this.#rows }
    const encoded = this.#encoded
    const truncated = encoded === undefined ? this.#truncated : encoded.payload.isFull
    return {
      columns: this.#fields.map(field => text(field.name)),
      ...(encoded === undefined
        ? { digest: this.#digest() }
        : { digest: encoded.digest.hex(), digestForm: 'encoded' as const }),
      payload: encoded === undefined ? this.#payload : encoded.payload.rows,
      ...(truncated ? { payloadTruncated: true } : undefined),
      rows: this.#rows,
    }
  }

  #addEncoded(rows: EncodedRows): void {
    this.#encoded ??= this.#encodedParts()
    this.#encoded.payload.add(rows)
    this.#encoded.digest.add(rows)
    this.#rows += rows.length
  }

  #encodedParts(): { readonly digest: EncodedDigest; readonly payload: EncodedPayload } {
    const standings = this.#standings
    const substitutes = standings.map((standing, index) => {
      if (standing === 'settled' || holdsNothing(this.#fields[index])) return undefined
      return (value: unknown) => this.#differing(value, standing)
    })
    return {
      digest: new EncodedDigest(this.#fields, substitutes, this.#scrubber),
      payload: new EncodedPayload({
        fields: this.#fields,
        scrubber: this.#scrubber,
        guarded: (value, column) => this.#guarded(value, standings[column] ?? 'open'),
        isOpen: column => standings[column] !== 'shown',
        room: this.#room,
      }),
    }
  }

  /** What stands in the digest for a value that masking did not settle; undefined: the value itself. */
  #differing(value: unknown, standing: Standing): string | undefined {
    const shown = orderedJson([this.#guarded(value, standing)])
    return shown === orderedJson([plain(value)]) ? undefined : shown
  }

  #cells(row: Row): unknown[] {
    const cells: unknown[] = []
    for (let index = 0; index < this.#names.length; index++) {
      const value = Array.isArray(row) ? row[index] : row[this.#names[index] ?? '']
      const standing = this.#standings[index] ?? 'open'
      cells.push(standing === 'settled' ? plain(value) : this.#guarded(value, standing))
    }
    return cells
  }

  /** The payload is for people to read: the detectors look at every cell of it, settled or not. */
  #keep(row: Row): void {
    const values = this.#fields.map((field, index) => (Array.isArray(row) ? row[index] : row[field.name]))
    if (!values.some(value => isLonger(value, this.#room))) {
      const cells = values.map((value, index) => this.#guarded(value, this.#standings[index] ?? 'open'))
      this.#room -= cellsJson(cells).length + 1
      if (this.#room >= 0) {
        this.#payload.push(cells)
        return
      }
    }
    this.#truncated = true
  }

  #guarded(value: unknown, standing: Standing): unknown {
    return standing === 'shown' ? shownCell(value, this.#scrubber) : scrubbed(value, this.#scrubber)
  }

  #drain(): void {
    this.#hash ??= createHash('sha256')
    this.#hash.update(this.#text)
    this.#text = ''
  }

  #digest(): string {
    if (this.#hash === undefined) return hash('sha256', this.#text, 'hex')
    this.#drain()
    return this.#hash.digest('hex')
  }
}

/** A protected value that policy let through unmasked: recorded as if it had been masked. */
function shownCell(value: unknown, scrubber: Scrubber): unknown {
  if (value === null || value === undefined) return null
  if (types.isDate(value) || types.isUint8Array(value)) return scrubber.binding(value, 'sealed')
  if (typeof value === 'object') return '[shown unmasked]'
  return scrubber.binding(String(value), 'sealed')
}
