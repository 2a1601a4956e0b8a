import type { FoundColumn, ScanReport } from './report.js'

/**
 * A policy file with the labels that were found and that no policy gives yet, to take the section from. What a
 * person has to look at stands in comments.
 */
export function policyText({ found }: ScanReport): readonly string[] {
  const open = found.filter(({ covered, ignored }) => !covered && !ignored)
  const sure = distinct(open.filter(({ verdict }) => verdict !== 'ambiguous').map(rule))
  const unsure = open.filter(({ verdict }) => verdict === 'ambiguous')
  return [
    'version: 1',
    'extends: pci-baseline',
    '',
    sure.length === 0 ? 'labels: []' : 'labels:',
    ...sure.map(line => `  - ${line}`),
    ...(unsure.length === 0 ? [] : ['  # To be looked at by a person:']),
    ...unsure.flatMap(column => [`  # ${oneLine(column.reason)}`, `  # - ${rule(column)}`]),
  ]
}

function rule({ schema, relation, column, label }: FoundColumn): string {
  return `{ column: ${scalar([schema, relation, column].map(part).join('.'))}, label: ${scalar(label)} }`
}

/** A part that is no plain word is quoted, so that dots, stars and quotes in it mean themselves. */
function part(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_$-]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** As YAML: bare where nothing in it could mean something, else a double-quoted scalar. */
function scalar(text: string): string {
  if (/^[a-z][\w-]*(\.[a-z][\w-]*)*$/i.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text))
    return text
  return JSON.stringify(text).replace(/[^\P{Cc}]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/gu, found =>
    [...Array(found.length).keys()]
      .map(at => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

/** Names that differ in case only are one to a policy. */
function distinct(lines: readonly string[]): readonly string[] {
  const seen = new Map(lines.map(line => [line.toLowerCase(), line]))
  return [...seen.values()]
}
