/**
 * What a statement's record says, as JSON: the text that `orderedJson` gives (a property test holds the two equal),
 * written member by member in canonical order, because every statement waits for it.
 */
import type { OutcomeDetail, StatementRecord } from '../model/record.js'
import { isFixed } from '../util/fixed.js'
import { orderedJson, quoted } from './ordered-json.js'

/** Put into words once: texts that recur with every statement, and parts that nothing can change. */
export interface Words {
  text(text: string): string
  part(part: object): string
}

/** Longer texts are seldom the same ones. */
const LONGEST_TEXT = 512
const TEXTS = 2_048

export function recordWords(): Words {
  const texts = new Map<string, string>()
  const parts = new WeakMap<object, string>()
  return {
    text(text) {
      const known = texts.get(text)
      if (known !== undefined) return known
      const json = quoted(text)
      if (text.length > LONGEST_TEXT) return json
      if (texts.size >= TEXTS) texts.clear()
      texts.set(text, json)
      return json
    },
    part(part) {
      const known = parts.get(part)
      if (known !== undefined) return known
      const json = orderedJson(part)
      if (isFixed(part)) parts.set(part, json)
      return json
    },
  }
}

export function statementJson(body: StatementRecord, words: Words): string {
  const { agent, analysis, approval, certificate, dataSource, fingerprint, obligations, principal } = body
  let json = '{'
  if (agent !== undefined) json += `"agent":${words.part(agent)},`
  if (analysis !== undefined) json += `"analysis":${words.part(analysis)},`
  if (approval !== undefined) json += `"approval":${orderedJson(approval)},`
  json += `"bindings":${orderedJson(body.bindings)},`
  if (certificate !== undefined) json += `"certificate":${words.text(certificate)},`
  json += `"dataSource":${words.part(dataSource)},`
  json += `"decision":${decisionJson(body.decision, words)},`
  if (fingerprint !== undefined) json += `"fingerprint":${words.text(fingerprint)},`
  json += `"labels":${words.part(body.labels)},"objects":${words.part(body.objects)},`
  if (obligations !== undefined) json += `"obligations":${words.part(obligations)},`
  json += `"origination":${words.text(body.origination)},"point":${words.text(body.point)},`
  json += `"principal":${principal === null ? 'null' : words.part(principal)},`
  json += `"session":${words.text(body.session)},"statement":${quoted(body.statement)}`
  if (body.statementTruncated !== undefined) json += `,"statementTruncated":${body.statementTruncated}`
  return `${json}}`
}

function decisionJson({ effect, id, policyHash, reason, rule }: StatementRecord['decision'], words: Words) {
  const why = `"policyHash":${words.text(policyHash)},"reason":${words.text(reason)},"rule":${words.text(rule)}`
  return `{"effect":${words.text(effect)},"id":${quoted(id)},${why}}`
}

export function outcomeJson(outcome: OutcomeDetail, words: Words): string {
  const { affected, bytes, columns, digest, digestForm, error, masked, payload, payloadTruncated, rows } =
    outcome
  let json = '{'
  if (affected !== undefined) json += `"affected":${orderedJson(affected)},`
  if (bytes !== undefined) json += `"bytes":${orderedJson(bytes)},`
  if (columns !== undefined) json += `"columns":${words.part(columns)},`
  if (digest !== undefined) json += `"digest":${quoted(digest)},`
  if (digestForm !== undefined) json += `"digestForm":${words.text(digestForm)},`
  json += `"durationMs":${orderedJson(outcome.durationMs)},`
  if (error !== undefined) json += `"error":${orderedJson(error)},`
  if (masked !== undefined) json += `"masked":${words.part(masked)},`
  if (payload !== undefined) json += `"payload":${orderedJson(payload)},`
  if (payloadTruncated !== undefined) json += `"payloadTruncated":${payloadTruncated},`
  if (rows !== undefined) json += `"rows":${orderedJson(rows)},`
  json += `"status":${words.text(outcome.status)}`
  if (outcome.truncated !== undefined) json += `,"truncated":${outcome.truncated}`
  return `${json}}`
}
