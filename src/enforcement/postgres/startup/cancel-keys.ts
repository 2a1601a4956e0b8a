import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a client may cancel with: the server's process id, and a secret of the gateway's own. */
export interface CancelKey {
  readonly pid: number
  readonly secret: Buffer
}

interface Entry extends CancelKey {
  readonly cancel: () => void
}

/**
 * By the length of a secret, in protocol 3.0 and from 3.2 on: bytes at its end by which every process of the gateway
 * knows that one of them has made it. The short mark keeps 255 of 256 forged keys off the way. What is in front of it is
 * drawn anew for each session, so that who has had the server process before knows nothing of who has it after.
 */
const MARK_BYTES = Object.freeze({ 4: 1, 32: 16 })
export type SecretBytes = keyof typeof MARK_BYTES

/** The keys of everybody who is in. Servers number their processes each for themselves, so an id may be there twice. */
export class CancelKeys {
  private readonly byPid = new Map<number, Set<Entry>>()

  /** @param family what the processes share that serve together, and nobody else knows; absent: there is one. */
  constructor(private readonly family: Buffer = randomBytes(32)) {}

  add(pid: number, bytes: SecretBytes, cancel: () => void): CancelKey & { forget(): void } {
    const marked = MARK_BYTES[bytes]
    const drawn = randomBytes(bytes - marked)
    const entry: Entry = { pid, secret: Buffer.concat([drawn, this.mark(pid, drawn, marked)]), cancel }
    const entries = this.byPid.get(pid) ?? new Set()
    this.byPid.set(pid, entries.add(entry))
    return {
      pid,
      secret: entry.secret,
      forget: () => {
        entries.delete(entry)
        if (entries.size === 0 && this.byPid.get(pid) === entries) this.byPid.delete(pid)
      },
    }
  }

  /** @returns whether there is somebody with the key. */
  cancel({ pid, secret }: CancelKey): boolean {
    let found = false
    for (const entry of this.byPid.get(pid) ?? []) {
      if (entry.secret.length !== secret.length || !timingSafeEqual(entry.secret, secret)) continue
      found = true
      entry.cancel()
    }
    return found
  }

  /** Whether a process of the family can have given the key out. False for all but a few that are forged. */
  isOurs({ pid, secret }: CancelKey): boolean {
    const { length } = secret
    if (length !== 4 && length !== 32) return false
    const at = length - MARK_BYTES[length]
    return timingSafeEqual(this.mark(pid, secret.subarray(0, at), length - at), secret.subarray(at))
  }

  private mark(pid: number, drawn: Buffer, bytes: number): Buffer {
    const whose = Buffer.allocUnsafe(4)
    whose.writeInt32BE(pid)
    return createHmac('sha256', this.family).update(whose).update(drawn).digest().subarray(0, bytes)
  }
}
