/**
 * Requests to stop what one loan of a connection runs. A server stops whatever the session runs when it gets one: nobody
 * else may have the connection while one is on its way.
 */
export class Cancels {
  private readonly asked = new Set<Promise<void>>()

  /** @param request resolves when the server has taken it. */
  async ask(request: Promise<void>): Promise<void> {
    this.asked.add(request)
    try {
      await request
    } finally {
      this.asked.delete(request)
    }
  }

  /** Waits for all. @returns whether the server has taken each of them. */
  async taken(): Promise<boolean> {
    const ends = await Promise.allSettled(this.asked)
    return ends.every(({ status }) => status === 'fulfilled')
  }
}
