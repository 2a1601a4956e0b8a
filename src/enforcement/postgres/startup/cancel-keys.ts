import { randomBytes, timingSafeEqual } from 'node:crypto'

/** What a client may cancel with: the server's process id, and a secret of the gateway's own. */
export interface CancelKey {
  readonly pid: number
  readonly secret: Buffer
}

interface Entry extends CancelKey {
  readonly cancel: () => void
}

/** The keys of everybody who is in. Servers number their processes each for themselves, so an id may be there twice. */
export class CancelKeys {
  private readonly byPid = new Map<number, Set<Entry>>()

  /** @param bytes of the secret: 4 in protocol 3.0, more from 3.2 on. */
  add(pid: number, bytes: number, cancel: () => void): CancelKey & { forget(): void } {
    const entry: Entry = { pid, secret: randomBytes(bytes), cancel }
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
}
