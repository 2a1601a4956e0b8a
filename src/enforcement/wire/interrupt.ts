/** What ends the running statement of a session, or its wait for people. */
export class Interrupt {
  private controller = new AbortController()
  private heeded: AbortSignal | undefined

  /** Of the running statement. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Ends what runs. */
  readonly now = (): void => this.controller.abort()

  /** What runs ends with the signal. Mostly it is the same for every statement, and is listened to once. */
  heed(signal: AbortSignal): void {
    if (this.heeded !== signal) {
      this.heeded?.removeEventListener('abort', this.now)
      this.heeded = signal
      signal.addEventListener('abort', this.now)
    }
    if (signal.aborted) this.now()
  }

  /** The session is over. */
  heedNothing(): void {
    this.heeded?.removeEventListener('abort', this.now)
    this.heeded = undefined
  }

  /** What begins is not ended by what ended the one before. */
  renew(): void {
    if (this.controller.signal.aborted) this.controller = new AbortController()
  }
}
