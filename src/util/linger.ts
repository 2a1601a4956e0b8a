import type { Duplex } from 'node:stream'

const LINGER_MS = 2_000

/**
 * For a stream that has been ended: the other side has two seconds to take what was written and to close its own side.
 *
 * @param unless asked when they are over: whether it may stay all the same.
 */
export function linger(stream: Duplex, unless: () => boolean = () => false): void {
  const timer = setTimeout(() => {
    if (!unless()) stream.destroy()
  }, LINGER_MS)
  timer.unref()
  stream.once('close', () => clearTimeout(timer))
}
