import type { ApprovalAnswer } from '../../model/grant.js'
import type { ApprovalCallback, ApprovalProvider } from '../approval-provider.js'

/**
 * An approval provider written as one function: ask a person in whatever way the host program has, and
 * resolve with their answer.
 *
 * @param ask may use `context.signal` to take its question away; when the signal aborts, the request is
 *   over whether `ask` notices or not.
 * @example
 * callbackApproval(async (request, { signal }) => {
 *   const { user, approved, words } = await myDialog.show(request.statement, request.summary, { signal })
 *   return { decision: approved ? 'approved' : 'denied', approver: user, reason: words }
 * })
 */
export function callbackApproval(ask: ApprovalCallback): ApprovalProvider {
  const open = new Set<AbortController>()
  let closed = false
  return Object.freeze({
    name: 'callback',
    async request(request, context) {
      if (closed || context.signal.aborted) throw notOpen()
      const own = new AbortController()
      const follow = (): void => own.abort()
      open.add(own)
      context.signal.addEventListener('abort', follow, { once: true })
      try {
        return await Promise.race([whenAborted(own.signal), ask(request, { ...context, signal: own.signal })])
      } finally {
        open.delete(own)
        context.signal.removeEventListener('abort', follow)
      }
    },
    async close() {
      closed = true
      for (const own of open) own.abort()
    },
  } satisfies ApprovalProvider)
}

function whenAborted(signal: AbortSignal): Promise<ApprovalAnswer> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(notOpen()), { once: true })
  })
}

function notOpen(): Error {
  return new Error('The approval request is not open any more.')
}
