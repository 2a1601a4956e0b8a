/**
 * Keeps the process from falling asleep over a wait that is about to end. To be put to sleep by the kernel and woken
 * again takes longer than a whole statement by key, and a session waits twice for each: for the server, then for its
 * client. So the event loop turns on for a moment; where a kind of wait outlasts that, it is left out more and more.
 */

/** Turns of an idle event loop: some 400 µs. */
const TURNS = 256
/** After so many waits of a kind in a row that were too long, no more are left out before the next try: 1, 3, 7, then 15. */
const MOST_MISSES = 4

export type WaitKind = 'client' | 'server'

interface Kind {
  /** Waits that have begun and not ended while the loop turned. */
  open: number
  misses: number
  leaveOut: number
}

export class Vigil {
  private readonly kinds: Readonly<Record<WaitKind, Kind>> = {
    client: { open: 0, misses: 0, leaveOut: 0 },
    server: { open: 0, misses: 0, leaveOut: 0 },
  }
  private turns = 0
  private turning = false

  /** @param next calls back on the next turn of the event loop. Default: `setImmediate`. */
  constructor(private readonly next: (turn: () => void) => void = setImmediate) {}

  /** @returns whether the loop turns for it; `end` is told of no other wait. */
  begin(kind: WaitKind): boolean {
    const wait = this.kinds[kind]
    if (wait.leaveOut > 0) {
      wait.leaveOut -= 1
      return false
    }
    wait.open += 1
    this.turns = TURNS
    if (!this.turning) {
      this.turning = true
      this.next(this.turn)
    }
    return true
  }

  /** What was waited for is here. */
  end(kind: WaitKind): void {
    const wait = this.kinds[kind]
    if (wait.open === 0) return
    wait.open -= 1
    wait.misses = 0
  }

  private readonly turn = (): void => {
    this.turns -= 1
    if (this.turns > 0) {
      this.next(this.turn)
      return
    }
    this.turning = false
    tooLong(this.kinds.client)
    tooLong(this.kinds.server)
  }
}

function tooLong(wait: Kind): void {
  if (wait.open === 0) return
  wait.open = 0
  wait.misses = Math.min(wait.misses + 1, MOST_MISSES)
  wait.leaveOut = 2 ** wait.misses - 1
}
