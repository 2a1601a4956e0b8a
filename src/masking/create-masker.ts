/** Stage 7, the only file that mints `Masked`. */
import { refusedError } from '../errors.js'
import type { Catalog } from '../model/catalog.js'
import type { ColumnMask, Decision, Obligations } from '../model/decision.js'
import type { EngineError } from '../model/executor.js'
import { isEngineError } from '../model/executor.js'
import type { Facts } from '../model/facts.js'
import type { Explanation } from '../model/governor.js'
import { outputAt } from '../model/lineage.js'
import type { Cleared, Executed, Masked } from '../model/progress.js'
import { isRefusal, type Refusal, type RefusalCode } from '../model/refusal.js'
import {
  type Batch,
  type Field,
  isEncoded,
  isStream,
  type MaskCounts,
  type Result,
  type ResultStream,
} from '../model/result.js'
import { CellScan, SensitiveDataFound } from './cell-scan.js'
import type { MaskTools } from './column-mask.js'
import { Tally } from './counts.js'
import type { Detector } from './detectors/detector.js'
import { Scanner } from './detectors/scanner.js'
import { maskedError, mayQuoteLabelled } from './engine-error.js'
import { asTextField } from './field-types.js'
import { maskedKey } from './generated-key.js'
import type { Masker } from './masker.js'
import type { MaskingKey } from './maskers/masking-key.js'
import { withMaskedNotices } from './notices.js'
import { FORBIDDEN, isFromElsewhere, withOrigin } from './origins.js'
import { packScanners } from './pack-scanners.js'
import { PlanCache } from './plan-cache.js'
import { releasedCount } from './released-count.js'
import { RowPlan } from './row-plan.js'
import { type PanDigest, PanTally } from './seen-pans.js'
import { fitsAnalysis, ShapeChanged } from './shape.js'

export interface MaskerOptions {
  /** Beside the built-in ones; they run on every scanned cell, field name and error text. Default none. */
  readonly detectors?: readonly Detector[]
  /** Of `hash` and `tokenise`, which redact without one. */
  readonly key?: MaskingKey | undefined
  /** What card numbers are taken down as where a budget counts them. Without one, such a result is refused. */
  readonly panDigest?: PanDigest
}

const NO_COUNTS: MaskCounts = Object.freeze({})

const REASONS = {
  CARDEA_RESULT_SHAPE: 'the result does not have the shape that was analysed; the schema changed; try again',
  CARDEA_SENSITIVE_DATA:
    'the result holds sensitive authentication data (track, verification code or PIN data), which is never released ' +
    '(PCI DSS 3.3.1); leave the column out, and tell the owner of the data that it is stored',
} as const

/**
 * Masks results as their obligations say.
 *
 * @example
 * const masker = createMasker()
 * const masked = masker.mask(executed)
 * if (!isRefusal(masked)) release(masked.result, masked.counts())
 */
export function createMasker(options: MaskerOptions = {}): Masker {
  const base = new Scanner(options.detectors)
  const scanners = packScanners(base, options.detectors)
  const { key, panDigest } = options
  const stages = new Map<Scanner, MaskingStage>()
  const watching = new Map<Scanner, MaskingStage>()
  const stageOf = ({ detect, obligations }: Decision): MaskingStage => {
    const scanner = scanners(detect)
    const digest = countsPans(obligations) ? panDigest : undefined
    const made = digest === undefined ? stages : watching
    const known = made.get(scanner)
    if (known !== undefined) return known
    const tools = { scan: new CellScan(scanner), key, watches: digest !== undefined }
    const stage = new MaskingStage(scanner, tools, digest)
    made.set(scanner, stage)
    return stage
  }
  return Object.freeze({
    mask: (executed: Executed) => stageOf(executed.intended.cleared.decision).mask(executed),
    told: (explanation: Explanation, catalog: Catalog, fields: readonly Field[]) =>
      stageOf(explanation.decision).told(explanation, catalog, fields),
  } satisfies Masker)
}

class MaskingStage {
  private readonly plans = new PlanCache()

  constructor(
    private readonly scanner: Scanner,
    private readonly tools: MaskTools,
    private readonly digest: PanDigest | undefined,
  ) {}

  mask(executed: Executed): Masked | Refusal {
    const { result } = executed
    const { cleared } = executed.intended
    const { mask, errors } = cleared.decision.obligations
    if (isEngineError(result)) return masked(executed, this.words(cleared, errors)(result))
    const told =
      result.notices === undefined ? result : withMaskedNotices(result, this.words(cleared, errors))
    if (mask === 'none') return masked(executed, told)
    const outcome = refusing(cleared.decision, () => this.maskResult(executed, told, mask))
    if (isRefusal(outcome) && isStream(result)) close(result.batches[Symbol.asyncIterator]())
    return outcome
  }

  told(
    { facts, decision }: Explanation,
    catalog: Catalog,
    fields: readonly Field[],
  ): readonly Field[] | Refusal {
    const { mask } = decision.obligations
    if (mask === 'none' || fields.length === 0) return fields
    return refusing(decision, () => this.plan({ facts, catalog, decision }, fields, mask).fields)
  }

  /** What becomes of the engine's own words. */
  private words(cleared: Cleared, errors: Obligations['errors']): (error: EngineError) => EngineError {
    const how = errors === 'scan' && mayQuoteLabelled(cleared) ? 'redact' : errors
    return error => maskedError(error, how, this.scanner)
  }

  private maskResult(executed: Executed, result: Result, mask: readonly ColumnMask[] | 'scan-all'): Masked {
    const { facts, catalog, decision } = executed.intended.cleared
    if (result.fields.length === 0 && !isStream(result) && result.rows.length === 0) {
      const { generatedKey: key, affected, ...others } = result
      const rest = affected === undefined ? others : { ...others, affected: releasedCount(facts, affected) }
      const found = new Tally()
      const shown = maskedKey(key, facts, catalog, this.tools.scan, found)
      return masked(executed, shown === undefined ? rest : { ...rest, generatedKey: shown }, () =>
        found.counts(),
      )
    }
    const plan = this.plan({ facts, catalog, decision }, result.fields, mask)
    const tally = plan.tally(this.digest === undefined ? new Tally() : new PanTally(this.digest))
    const counts = (): MaskCounts => tally.counts()
    const pans = tally instanceof PanTally ? () => tally.take() : undefined
    if (isStream(result)) return masked(executed, maskedStream(decision, result, plan, tally), counts, pans)

    const retyped = new Set<number>()
    const rows = maskedBatch(plan, result.rows, tally, retyped)
    const fields =
      retyped.size === 0
        ? plan.fields
        : plan.fields.map((field, i) => (retyped.has(i) ? asTextField(field, facts.dialect) : field))
    // Not a spread with members behind it, which is many times slower.
    return masked(executed, Object.assign({}, result, { fields, rows }), counts, pans)
  }

  private plan(
    { facts, catalog, decision: { maskers } }: Pick<Cleared, 'facts' | 'catalog' | 'decision'>,
    fields: readonly Field[],
    mask: readonly ColumnMask[] | 'scan-all',
  ): RowPlan {
    return this.plans.get({ facts, catalog, mask, fields, maskers }, () => {
      const relies = mask !== 'scan-all'
      if (relies && fields.some(field => isFromElsewhere(field, facts, catalog))) throw new ShapeChanged()
      const masks = staticMasks(facts, fields, mask)
      const output = facts.analyzable ? facts.output : []
      const satisfied = fields.map((field, i) => {
        const { lineage } = outputAt(output, i) ?? {}
        const all = withOrigin(masks[i] ?? { method: 'scan' }, { field, lineage, catalog, maskers })
        if (all === FORBIDDEN) throw new SensitiveDataFound()
        return all
      })
      const computed = new Set(
        fields.flatMap((_, i) => (outputAt(output, i)?.lineage.kind === 'derived' ? [i] : [])),
      )
      return new RowPlan(fields, satisfied, facts.dialect, this.tools, computed)
    })
  }
}

function staticMasks(
  facts: Facts,
  fields: readonly Field[],
  mask: Obligations['mask'],
): readonly ColumnMask[] {
  if (typeof mask === 'string') return fields.map(() => ({ method: 'scan' }))
  if (!facts.analyzable) {
    if (mask.length !== fields.length) throw new ShapeChanged()
    return mask
  }
  const [first] = mask
  if (mask.length !== facts.output.length || !fitsAnalysis(fields, facts.output)) throw new ShapeChanged()
  return first !== undefined && facts.output[0]?.spread ? fields.map(() => first) : mask
}

function maskedBatch(plan: RowPlan, rows: Batch, tally: Tally, retyped?: Set<number>): Batch {
  return isEncoded(rows) ? plan.encodedRows(rows, tally, retyped) : plan.rows(rows, tally, retyped)
}

/** Masks each batch as it is read. What a row refuses, the iterable throws, and its source is closed. */
function maskedStream(
  decision: Decision,
  { batches, ...rest }: ResultStream,
  plan: RowPlan,
  tally: Tally,
): ResultStream {
  const iterate = (): AsyncIterator<Batch, undefined> => {
    const source = batches[Symbol.asyncIterator]()
    let cut = false
    return {
      async next() {
        const next = cut ? { done: true as const, value: undefined } : await source.next()
        if (next.done) return { done: true, value: undefined }
        const released = refusing(decision, () => ({ rows: maskedBatch(plan, next.value, tally) }))
        if (!('refused' in released)) return { done: false, value: released.rows }
        cut = true
        close(source)
        throw refusedError(released)
      },
      async return() {
        await source.return?.()
        return { done: true, value: undefined }
      },
    }
  }
  return { ...rest, fields: plan.fields, batches: { [Symbol.asyncIterator]: iterate } }
}

/** Not awaited: a source that waits for the server would hold up the refusal. */
function close(source: AsyncIterator<Batch>): void {
  source.return?.().catch(() => undefined)
}

function masked(
  executed: Executed,
  result: Result | EngineError,
  counts: () => MaskCounts = () => NO_COUNTS,
  pans?: () => readonly string[],
): Masked {
  const done = pans === undefined ? { executed, result, counts } : { executed, result, counts, pans }
  return Object.freeze(done) as Masked
}

function countsPans({ budgets }: Obligations): boolean {
  return budgets?.some(({ distinctPans }) => distinctPans !== undefined) ?? false
}

/** What a row threw, as the refusal it stands for. */
function refusing<T>(decision: Decision, work: () => T): T | Refusal {
  try {
    return work()
  } catch (error) {
    if (error instanceof ShapeChanged) return refusal(decision, 'CARDEA_RESULT_SHAPE')
    if (error instanceof SensitiveDataFound) return refusal(decision, 'CARDEA_SENSITIVE_DATA')
    throw error
  }
}

function refusal({ id, rule }: Decision, code: RefusalCode & keyof typeof REASONS): Refusal {
  return { refused: true, code, reason: REASONS[code], rule, decisionId: id }
}
