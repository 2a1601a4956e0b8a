import type { CatalogColumn } from '../model/catalog.js'
import { besidePan } from './beside-pan.js'
import { ColumnProfile, type PlaceFigures } from './column-profile.js'
import { type ReadFailure, readFailure } from './read-error.js'
import type { FoundColumn, HoldingColumn, LeftOut, Way } from './report.js'
import type { ReadOptions, RunSql, SampledTable, Sampler } from './sampler.js'
import type { ValueJudge } from './value-judge.js'
import { type Judgement, judge } from './verdict.js'

/** Columns, and cells, that are read at once: bounds what is held of a wide table. */
const COLUMNS = 16
const CELLS = 16_000

export interface TableScan {
  readonly found: readonly FoundColumn[]
  readonly holding: readonly HoldingColumn[]
  readonly unread: readonly LeftOut[]
  readonly rows: number
  /** Set: nothing more can be read from this database. */
  readonly lost: boolean
}

interface Profiled {
  readonly column: CatalogColumn
  readonly places: readonly PlaceFigures[]
  readonly rows: number
  readonly way: Way
}

interface Task {
  readonly run: RunSql
  readonly sampler: Sampler
  readonly judge: ValueJudge
  readonly options: ReadOptions
}

/** Profiles the columns of one table. Never throws for what the database answers: that is `unread`. */
export async function scanTable(task: Task, table: SampledTable): Promise<TableScan> {
  const profiled: Profiled[] = []
  const failed: { column: CatalogColumn; failure: ReadFailure }[] = []
  const atOnce = Math.max(1, Math.min(COLUMNS, Math.floor(CELLS / task.options.rows)))
  const queue = chunks(table.columns, atOnce)
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
    try {
      profiled.push(...(await profile(task, { ...table, columns: group })))
    } catch (error) {
      const failure = readFailure(error)
      if (group.length > 1 && !failure.whole) queue.unshift(...chunks(group, 1))
      else failed.push(...group.map(column => ({ column, failure })))
      if (failure.whole) {
        failed.push(...queue.flat().map(column => ({ column, failure })))
        break
      }
    }
  }
  return {
    ...findings(table, profiled),
    unread: leftOut(table, failed),
    rows: Math.max(0, ...profiled.map(({ rows }) => rows)),
    lost: failed.some(({ failure }) => failure.lost),
  }
}

async function profile({ run, sampler, judge, options }: Task, table: SampledTable): Promise<Profiled[]> {
  const profiles = table.columns.map(({ name, type }) => new ColumnProfile(judge, name, type.endsWith('[]')))
  let rows = 0
  const way = await sampler.read(run, table, options, cells => {
    rows++
    profiles.forEach((each, index) => {
      each.add(cells[index])
    })
  })
  return table.columns.map((column, index) => ({
    column,
    places: profiles[index]?.figures() ?? [],
    rows,
    way,
  }))
}

interface Judged extends Profiled {
  readonly place: PlaceFigures
  readonly judgement: Judgement
}

function findings({ relation }: SampledTable, profiled: readonly Profiled[]) {
  const { schema, name } = relation
  const judged = profiled.map(each => ({ ...each, all: judgedPlaces(each) }))
  const pans = judged.some(
    ({ column, all }) =>
      column.labels.includes('pan') || all.some(({ judgement }) => judgement.verdict === 'pan'),
  )
  const uniques = new Set(relation.keys.flatMap(key => (key.length === 1 ? key : [])))
  const found: FoundColumn[] = []
  const holding: HoldingColumn[] = []
  for (const { column, all } of judged) {
    const known = { schema, relation: name, column: column.name, type: column.type, labelled: column.labels }
    const best = strongest(pans ? all.map(each => withNeighbours(each, uniques)) : all)
    if (best !== undefined) found.push({ ...known, ...described(best) })
    for (const { place, judgement } of all) {
      for (const [holds, values] of Object.entries(judgement.holds)) {
        if (best?.judgement.label === holds) continue
        holding.push({ ...known, holds, values, of: place.figures.values, ...at(place) })
      }
    }
  }
  return { found, holding: merged(holding) }
}

function judgedPlaces(each: Profiled): readonly Judged[] {
  return each.places.map(place => ({ ...each, place, judgement: judge(place.figures, place.name) }))
}

function withNeighbours(each: Judged, uniques: ReadonlySet<string>): Judged {
  const { column, place, judgement } = each
  if (judgement.verdict !== 'none' && judgement.verdict !== 'ambiguous') return each
  const beside = besidePan({
    name: place.name,
    text: place.path !== '' || /char|text|^$/i.test(column.type),
    unique: uniques.has(column.name),
    figures: place.figures,
  })
  return beside === undefined ? each : { ...each, judgement: { ...beside, holds: judgement.holds } }
}

const STRENGTH = ['none', 'ambiguous', 'other', 'pan', 'sad']

function strongest(all: readonly Judged[]): Judged | undefined {
  const [best] = [...all].sort(
    (a, b) => STRENGTH.indexOf(b.judgement.verdict) - STRENGTH.indexOf(a.judgement.verdict),
  )
  return best?.judgement.verdict === 'none' ? undefined : best
}

function described({ judgement, place, column, rows, way }: Judged) {
  const { verdict, label = '', reason } = judgement
  return {
    verdict: verdict === 'pan' || verdict === 'sad' || verdict === 'ambiguous' ? verdict : ('label' as const),
    label,
    reason,
    ...at(place),
    covered: covers(column.labels, verdict, label),
    ignored: false,
    rows,
    sample: way,
    figures: place.figures,
  }
}

/** `sad` refuses whatever shows it. A label of the owner's own redacts, which is enough for all but `sad` and `pan`. */
function covers(labels: readonly string[], verdict: Judgement['verdict'], label: string): boolean {
  if (labels.includes(label) || labels.includes('sad')) return true
  return verdict === 'ambiguous' || verdict === 'other' ? labels.length > 0 : false
}

function at({ path }: PlaceFigures): { at?: string } {
  return path === '' ? {} : { at: path }
}

/** One line for a column and label: of the place where most was found. */
function merged(holding: readonly HoldingColumn[]): readonly HoldingColumn[] {
  const most = new Map<string, HoldingColumn>()
  for (const each of holding) {
    const key = JSON.stringify([each.column, each.holds])
    if (each.values > (most.get(key)?.values ?? 0)) most.set(key, each)
  }
  return [...most.values()]
}

function leftOut(
  { relation, columns }: SampledTable,
  failed: readonly { column: CatalogColumn; failure: ReadFailure }[],
): readonly LeftOut[] {
  const reasons = [...new Set(failed.map(({ failure }) => failure.why))]
  return reasons.map(why => {
    const names = failed.filter(({ failure }) => failure.why === why).map(({ column }) => column.name)
    const place = { schema: relation.schema, relation: relation.name, why }
    return names.length === columns.length ? place : { ...place, columns: names }
  })
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  )
}
