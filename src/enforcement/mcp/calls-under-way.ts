/**
 * Calls that this process is working on, so that `notifications/cancelled` of the 2025 protocol, which comes in a
 * request of its own, finds its call. Nothing is kept of a session between calls.
 */
export interface CallsUnderWay {
  /**
   * @param session as the client names it; without one a request id means nothing.
   * @returns the signal that a cancellation aborts, and what to say when the call is over.
   */
  begin(caller: string, session: string | undefined, requestId: RequestId): CallUnderWay
  /** Aborts the call. One that is not there, or of another caller, is nothing. */
  cancel(caller: string, session: string | undefined, requestId: RequestId): void
}

export interface CallUnderWay {
  readonly signal: AbortSignal
  end(): void
}

export type RequestId = string | number

export function callsUnderWay(): CallsUnderWay {
  const calls = new Map<string, AbortController>()
  const key = (caller: string, session: string, id: RequestId): string =>
    JSON.stringify([caller, session, id])
  return {
    begin(caller, session, requestId) {
      const controller = new AbortController()
      if (session === undefined) return { signal: controller.signal, end: () => {} }
      const name = key(caller, session, requestId)
      calls.set(name, controller)
      const end = (): void => {
        if (calls.get(name) === controller) calls.delete(name)
      }
      return { signal: controller.signal, end }
    },
    cancel(caller, session, requestId) {
      if (session !== undefined) calls.get(key(caller, session, requestId))?.abort()
    },
  }
}
