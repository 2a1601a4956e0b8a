import type { Socket } from 'node:net'

/** Whether the client is on this machine. */
export function isLoopback({ remoteAddress = '' }: Socket): boolean {
  return /^(::1$|(::ffff:)?127\.)/.test(remoteAddress)
}
