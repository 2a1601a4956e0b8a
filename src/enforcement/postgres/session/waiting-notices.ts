/** While people are asked, the client hears that it waits, and for what: a connection without a word looks dead. */
import type { ClientLeg } from '../../wire/client-leg.js'
import { noticeMessage } from './errors.js'

const EVERY_MS = 15_000

/** Of one session, which waits for one statement at a time. */
export class WaitingNotices {
  private timer: NodeJS.Timeout | undefined
  private running = false

  constructor(private readonly client: ClientLeg<unknown>) {}

  begin(): void {
    this.running = true
  }

  /** To be told the ticket when the wait begins. */
  readonly asked = (ticket: string): void => {
    if (!this.running) return
    this.say(ticket)
    clearInterval(this.timer)
    this.timer = setInterval(() => this.say(ticket), EVERY_MS)
  }

  stop(): void {
    this.running = false
    if (this.timer === undefined) return
    clearInterval(this.timer)
    this.timer = undefined
  }

  private say(ticket: string): void {
    this.client.put(
      noticeMessage({
        failed: true,
        severity: 'NOTICE',
        code: '00000',
        message: `cardea: The statement waits for an approval (ticket ${ticket}). Cancel it to give up.`,
      }),
    )
    void this.client.flush()
  }
}
