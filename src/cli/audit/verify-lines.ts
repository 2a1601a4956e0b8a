import type { VerifyReport } from '../../audit/verify.js'

/** Remarks beyond these are counted; `--json` has more. */
const REMARKS = 10

/** A report for people. */
export function reportLines(dir: string, report: VerifyReport): readonly string[] {
  const { begins, checkpoint, firstBad, head, limits, records, remarkCount, remarks, root, segments } = report
  const from = begins === 1 ? '' : ` from record ${begins} on`
  return [
    `${report.status.toUpperCase()}: ${dir}, ${records} sound records in ${segments} segments${from}`,
    ...(firstBad === undefined
      ? []
      : [`  first bad record: ${firstBad.seq}, ${place(firstBad)}${firstBad.reason}`]),
    ...signatureLines(report),
    ...(report.times === undefined ? [] : [`  from ${report.times.first} to ${report.times.last}`]),
    ...(report.openIntents === 0 ? [] : [`  ${report.openIntents} statements have an intent and no outcome`]),
    ...(report.tornBytes === 0 ? [] : [`  the last line is unfinished (${report.tornBytes} bytes)`]),
    ...(report.incompleteRecords === 0
      ? []
      : [`  ${report.incompleteRecords} records lack what PCI DSS 10.2.2 asks for`]),
    ...(report.silentSince === undefined ? [] : [`  no sign of life since ${report.silentSince}`]),
    ...remarks.slice(0, REMARKS).map(({ kind, seq, text }) => `  ${kind} at record ${seq}: ${text}`),
    ...(remarkCount > REMARKS ? [`  and ${remarkCount - REMARKS} more to look at`] : []),
    `  head ${head.seq}:${head.hash}`,
    ...(root === null ? [] : [`  root key ${root.publicKey}`]),
    ...(limits.length === 0 ? [] : ['  not excluded:', ...limits.map(limit => `    ${limit}`)]),
    ...(checkpoint === null || firstBad !== undefined
      ? []
      : [
          '  keep this checkpoint elsewhere:',
          ...checkpoint.split('\n').map(line => `    ${line}`.trimEnd()),
        ]),
  ]
}

function signatureLines({ checkpoints, root, unanchored, unsealed }: VerifyReport): readonly string[] {
  if (root === null) return ['  no checkpoints']
  const key = root.kept === 'beside' ? 'a key kept beside the trail' : 'a key kept elsewhere'
  const pinned = root.pinned ? ', the one given' : ''
  const anchored = unanchored ? 'unanchored' : 'anchored'
  return [
    `  signed by ${key}${pinned}; ${checkpoints} checkpoints, ${unsealed} records after the last; ${anchored}`,
  ]
}

function place({ line, segment }: NonNullable<VerifyReport['firstBad']>): string {
  if (segment === '') return ''
  return line === 0 ? `${segment}: ` : `${segment} line ${line}: `
}
