/** Names kept at most. Only who has proven who it is adds one. */
const MOST = 10_000

/**
 * Names that the log may say. What a stranger calls itself may as well be a token or a password in the wrong field.
 */
export class KnownNames {
  private readonly names: Set<string>

  /** @param configured agents that the configuration names. */
  constructor(configured: readonly string[]) {
    this.names = new Set(configured)
  }

  /** Somebody has proven to be called so. */
  add(name: string): void {
    if (this.names.size < MOST) this.names.add(name)
  }

  /** The name, if it is a known one. */
  sayable(name: string): string | undefined {
    return this.names.has(name) ? name : undefined
  }
}
