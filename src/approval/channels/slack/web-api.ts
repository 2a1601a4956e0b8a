/** Slack's Web API, as far as approvals need it (https://docs.slack.dev/apis/web-api). */
import { type Fields, isFields } from '../http.js'
import { post } from '../outbound.js'

/** Methods that read take form fields only; the others take JSON. */
const FORM_METHODS = ['auth.test', 'users.info']

/** Calls one method. Rejects with text that names the method and Slack's own word for the problem. */
export type SlackCall = (method: string, fields: Fields) => Promise<Fields>

/** Slack understood the call and refused it. */
export class SlackRefusal extends Error {
  /** For example `channel_not_found`. */
  readonly slackCode: string

  constructor(method: string, slackCode: string) {
    super(`Slack refused ${method}: ${slackCode}.`)
    this.name = 'SlackRefusal'
    this.slackCode = slackCode
  }
}

/** @param base ends with a slash. */
export function slackCalls(base: string, token: string, closing: AbortSignal): SlackCall {
  return async (method, fields) => {
    const form = FORM_METHODS.includes(method)
    const { text } = await post({
      service: 'Slack',
      url: `${base}${method}`,
      headers: () => ({
        authorization: `Bearer ${token}`,
        'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8',
      }),
      body: form ? new URLSearchParams(fields as Record<string, string>).toString() : JSON.stringify(fields),
      // A message that may have arrived is not sent twice.
      again: form ? 'failures' : '429',
      signals: [closing],
    })
    const reply = replyOf(text)
    if (reply['ok'] === true) return reply
    const code = reply['error']
    throw new SlackRefusal(
      method,
      typeof code === 'string' && /^[a-z_]{1,60}$/.test(code) ? code : 'no reason given',
    )
  }
}

function replyOf(text: string): Fields {
  try {
    const reply: unknown = JSON.parse(text)
    if (isFields(reply)) return reply
  } catch {
    // As below.
  }
  return {}
}
