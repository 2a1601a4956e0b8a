/** While people are asked, the client hears that it waits, and for what: a connection without a word looks dead. */
import { noticeMessage } from './errors.js'
import type { SessionState } from './session-state.js'

const EVERY_MS = 15_000

export interface WaitingNotices {
  /** To be told the ticket when the wait begins. */
  readonly asked: (ticket: string) => void
  stop(): void
}

export function waitingNotices({ client }: SessionState): WaitingNotices {
  let timer: NodeJS.Timeout | undefined
  let over = false
  const say = (ticket: string): void => {
    client.put(
      noticeMessage({
        failed: true,
        severity: 'NOTICE',
        code: '00000',
        message: `cardea: The statement waits for an approval (ticket ${ticket}). Cancel it to give up.`,
      }),
    )
    void client.flush()
  }
  return {
    asked(ticket) {
      if (over) return
      say(ticket)
      clearInterval(timer)
      timer = setInterval(() => say(ticket), EVERY_MS)
    },
    stop() {
      over = true
      clearInterval(timer)
    },
  }
}
