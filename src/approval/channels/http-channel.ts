import type { ApprovalChannel } from '../approval-channel.js'

/**
 * A channel whose answers come in over HTTP. `handle` speaks the web's own `Request` and `Response`, so any
 * server can mount it; `serveApprovals` is one that does.
 */
export interface HttpChannel extends ApprovalChannel {
  /** Where `serveApprovals` mounts it: this path and everything below. */
  readonly path: string
  /** Never rejects. Reads 64 KiB of a body at most. */
  handle(request: Request): Promise<Response>
}
