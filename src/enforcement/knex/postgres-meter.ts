/**
 * Ends a connection whose server sends more for one request than memory should hold. node-postgres
 * keeps a message until it is whole, and one beyond the longest string of the engine is thrown from a
 * socket's event handler, where nothing can catch it: one `repeat('x', 540000000)` would end the process.
 */
import type { Socket } from 'node:net'
import { LARGEST_ANSWER, tooLarge } from './answer-size.js'
import type { PgConnection } from './postgres-query.js'

export interface PgMeter {
  /** A new request begins on the connection: one statement, or one batch of a stream. */
  restart(connection: PgConnection): void
}

export function pgMeter(largest = LARGEST_ANSWER): PgMeter {
  const started = new WeakMap<Socket, number>()
  return {
    restart(connection) {
      const socket = connection.connection.stream
      if (!started.has(socket)) socket.prependListener('data', () => measure(socket))
      started.set(socket, socket.bytesRead)
    },
  }

  function measure(socket: Socket): void {
    if (socket.bytesRead - (started.get(socket) ?? 0) <= largest) return
    socket.destroy(tooLarge())
  }
}
