import type { ColumnPlace, FoundColumn, LeftOut, ScanReport } from './report.js'

/** Relations that are named one by one before they are only counted. */
const NAMED = 20

/** The report for people. */
export function reportText(report: ScanReport): readonly string[] {
  const { found, holding, skipped, unread } = report
  return [
    ...section(
      '',
      found.map(each => [placeName(each, each.at), kind(each), standing(each), each.reason]),
    ),
    ...section(
      'Inside of other text, where the detectors mask it whatever the label:',
      holding.map(each => [
        placeName(each, each.at),
        each.holds,
        each.labelled.length > 0 ? `labelled ${each.labelled.join(', ')}` : '',
        `in ${each.values} of ${each.of} values`,
      ]),
    ),
    ...section(
      'Could not be read:',
      unread.map(each => [leftOutName(each), each.why]),
      NAMED,
    ),
    ...section(
      'Left out, because it shows what is stored elsewhere:',
      skipped.map(each => [leftOutName(each), each.why]),
      NAMED,
    ),
    summary(report),
  ]
}

function kind({ verdict, label }: FoundColumn): string {
  return verdict === 'ambiguous' ? `${label}?` : label
}

function standing({ covered, ignored, labelled }: FoundColumn): string {
  if (covered) return `labelled ${labelled.join(', ')}`
  if (ignored) return 'ignored'
  return labelled.length > 0 ? `labelled ${labelled.join(', ')} only` : 'not labelled'
}

function placeName({ schema, relation, column }: ColumnPlace, at: string | undefined): string {
  return `${schema}.${relation}.${column}${at === undefined ? '' : ` at ${at}`}`
}

function leftOutName({ schema, relation, columns }: LeftOut): string {
  const place = `${schema}.${relation}`
  if (columns === undefined) return place
  return columns.length > 5 ? `${place}, ${columns.length} columns` : `${place}, ${columns.join(', ')}`
}

function section(title: string, rows: readonly (readonly string[])[], most = rows.length): readonly string[] {
  if (rows.length === 0) return []
  const shown = rows.slice(0, most)
  const widths = (shown[0] ?? []).map((_, at) => Math.max(...shown.map(row => row[at]?.length ?? 0)))
  const more = rows.length - shown.length
  return [
    ...(title === '' ? [] : [title]),
    ...shown.map(row =>
      `${title === '' ? '' : '  '}${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd(),
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
    '',
  ]
}

function summary({ found, holding, complete, tables, columns, rows }: ScanReport): string {
  const open = found.filter(({ covered, ignored }) => !covered && !ignored)
  const unsure = open.filter(({ verdict }) => verdict === 'ambiguous').length
  return [
    `${tables} tables, ${columns} columns, ${rows} rows looked at${complete ? '' : ' (incomplete)'}:`,
    `${open.length - unsure} columns to label, ${unsure} to look at,`,
    `${found.length - open.length} labelled already or ignored, ${new Set(holding.map(each => placeName(each, undefined))).size} with protected values inside of other text`,
  ].join(' ')
}
