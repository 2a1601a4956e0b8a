import type { ApprovalRequest } from '../../../model/grant.js'
import { type Clock, systemClock } from '../../../util/clock.js'
import type { ApprovalChannel } from '../../approval-channel.js'
import { post, serviceUrl } from '../outbound.js'
import { outcomeCard, questionCard } from './card.js'

export interface TeamsApprovalOptions {
  /** Of the workflow “Send webhook alerts to a channel”. It is a secret: whoever has it can post. */
  readonly url: string
  /** Where people answer, for a button: the id is added as the last part of the path. Default: no button. */
  readonly console?: string
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * Tells a Microsoft Teams channel of each request, as an Adaptive Card. For information only: such a webhook
 * carries no identity back, so people answer with `cardea approvals` or in a console.
 *
 * @throws ConfigurationError for an address that is not https.
 * @example
 * teamsApproval({ url: process.env.TEAMS_WORKFLOW_URL })
 */
export function teamsApproval(options: TeamsApprovalOptions): ApprovalChannel {
  const { clock = systemClock } = options
  const url = serviceUrl('teamsApproval: url', options.url)
  const console = options.console === undefined ? null : serviceUrl('teamsApproval: console', options.console)
  const closing = new AbortController()

  const send = async (body: string, signals: readonly AbortSignal[]): Promise<void> => {
    const headers = () => ({ 'content-type': 'application/json' })
    // A card that may have arrived is not sent twice.
    await post({ service: 'The Teams workflow', url, headers, body, again: '429', signals })
  }
  return Object.freeze({
    name: 'teams',
    // Nothing comes back this way.
    open: () => {},
    announce: (request, signal) =>
      send(questionCard(request, { now: clock.now() }, linkTo(console, request)), [signal, closing.signal]),
    conclude: (request, conclusion) => send(outcomeCard(request, conclusion), [closing.signal]),
    close: async () => closing.abort(),
  } satisfies ApprovalChannel)
}

function linkTo(console: string | null, { id }: ApprovalRequest): string | null {
  if (console === null) return null
  const url = new URL(console)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${encodeURIComponent(id)}`
  return url.href
}
