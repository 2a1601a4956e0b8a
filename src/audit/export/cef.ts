/**
 * ArcSight Common Event Format, version 0: a header of seven fields and an extension of key=value pairs. Nothing of
 * a caller's stands in the header. In the extension backslash, equals sign and line breaks are escaped; other
 * control and hidden characters are written \uXXXX before that.
 */
import type { RecordedPrincipal } from '../../model/record.js'
import type { Found } from '../search.js'
import { escapeHidden } from '../trail-line.js'
import { endpointOf } from './endpoint.js'
import type { ExportFormat } from './export-format.js'
import { personIn } from './said.js'
import { type Weight, weightOf } from './weight.js'

type Pairs = Readonly<Record<string, string | number | undefined>>

const SEVERITY: Readonly<Record<Weight, number>> = { info: 1, low: 3, medium: 6, high: 9 }

/** @param version of Cardea. */
export function cef(version: string): ExportFormat {
  const product = `CEF:0|Cardea|Cardea|${header(version)}`
  return Object.freeze<ExportFormat>({
    head: '',
    lines({ found, trail }) {
      const event = found.kind === 'event' ? found.record.event : 'statement'
      const name = found.kind === 'event' ? event : `statement ${found.outcome?.status ?? 'under way'}`
      const pairs = found.kind === 'event' ? eventPairs(found) : statementPairs(found)
      const place = {
        cs6Label: 'trail',
        cs6: trail === '' ? undefined : trail,
        cn3Label: 'seq',
        cn3: found.seq,
      }
      const extension = extensionOf({ ...pairs, ...place })
      return `${product}|${event}|${name}|${SEVERITY[weightOf(found)]}|${extension}\n`
    },
  })
}

function statementPairs(found: Found & { kind: 'statement' }): Pairs {
  const { endedAt, id, outcome, statement, time } = found
  const { agent, approval, dataSource, decision, principal } = statement
  const from = endpointOf(statement.origination)
  return {
    rt: Date.parse(endedAt ?? time),
    start: Date.parse(time),
    end: endedAt === undefined ? undefined : Date.parse(endedAt),
    externalId: id,
    suser: principal?.subject,
    spriv: principal?.kind,
    src: from.ip,
    spt: from.port,
    sourceServiceName: from.ip === undefined ? from.text : undefined,
    destinationServiceName: dataSource.id,
    dproc: dataSource.dialect,
    app: statement.point,
    act: decision.effect,
    outcome: outcome?.status,
    reason: outcome?.error?.code ?? decision.reason,
    cat: statement.labels.join() || undefined,
    out: outcome?.bytes,
    requestContext: statement.session,
    cs1Label: 'rule',
    cs1: decision.rule,
    cs2Label: 'issuer',
    cs2: principal?.issuer,
    cs3Label: 'agent',
    cs3: agent?.id,
    cs4Label: 'objects',
    cs4: statement.objects.map(({ access, name }) => `${access} ${name}`).join('; ') || undefined,
    cs5Label: approval === undefined ? 'onBehalfOf' : 'approvers',
    cs5: approval?.approvers.map(({ subject }) => subject).join('; ') ?? behind(principal),
    cn1Label: 'rows',
    cn1: outcome?.rows,
    cn2Label: 'affected',
    cn2: outcome?.affected,
    msg: statement.statement,
  }
}

function eventPairs({ record }: Found & { kind: 'event' }): Pairs {
  const who = personIn(record.detail, 'by', 'principal', 'approver')
  return {
    rt: Date.parse(record.time),
    externalId: record.id,
    suser: who?.subject,
    cs2Label: 'issuer',
    cs2: who?.issuer,
    msg: JSON.stringify(record.detail),
  }
}

/** Of whom the principal acts for, the last: a person. */
function behind(principal: RecordedPrincipal | null): string | undefined {
  let who = principal?.onBehalfOf
  while (who?.onBehalfOf !== undefined) who = who.onBehalfOf
  return who?.subject
}

/** Without what is not known; a label goes with its value. */
function extensionOf(pairs: Pairs): string {
  return Object.entries(pairs)
    .filter(
      ([key, value]) =>
        value !== undefined && (!key.endsWith('Label') || pairs[key.slice(0, -5)] !== undefined),
    )
    .map(([key, value]) => `${key}=${extension(String(value))}`)
    .join(' ')
}

function extension(text: string): string {
  return visible(text)
    .replaceAll('\\', '\\\\')
    .replaceAll('=', '\\=')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
}

function header(text: string): string {
  return visible(text)
    .replace(/[\r\n]/g, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
}

/** Control characters but line breaks, halves of a pair, and what hides text, as words. */
function visible(text: string): string {
  const seen = text.replace(/\p{Cc}|\p{Cs}/gu, found => {
    if (found === '\n' || found === '\r') return found
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return escapeHidden(seen)
}
