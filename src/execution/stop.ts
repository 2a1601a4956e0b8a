import type { StopSignal } from '../model/executor.js'

/** The signal of one statement. A platform's own costs several microseconds each, and every statement needs one. */
export class Stop implements StopSignal {
  aborted = false
  private listeners: readonly (() => void)[] = []

  get reason(): unknown {
    return this.aborted ? new DOMException('This operation was aborted', 'AbortError') : undefined
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }

  /** Each listener is called once; one that comes after the end is never called, as with the platform's. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) this.listeners = [...this.listeners, listener]
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners =
      this.listeners.length === 1 && this.listeners[0] === listener ? NONE : this.without(listener)
  }

  abort(): void {
    if (this.aborted) return
    this.aborted = true
    const { listeners } = this
    this.listeners = NONE
    for (const listener of listeners) listener()
  }

  private without(listener: () => void): readonly (() => void)[] {
    return this.listeners.filter(each => each !== listener)
  }
}

const NONE: readonly (() => void)[] = Object.freeze([])
