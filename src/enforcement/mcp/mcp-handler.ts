/** The library's handler for both protocol eras, with a server of ours for each request. */
import { createMcpHandler } from '@modelcontextprotocol/server'
import { type Desk, mcpServer, type ServerIdentity } from './mcp-server.js'
import type { ReleaseOptions } from './release.js'

/** One POST whose caller is known. */
export interface McpPost {
  readonly request: Request
  /** The body, parsed. */
  readonly message: unknown
  readonly desk: Desk
  readonly release: ReleaseOptions
}

export interface McpHandler {
  handle(post: McpPost): Promise<Response>
  close(): Promise<void>
}

/**
 * Clients of 2025-11-25 and before are answered without a session, each request by itself; those of 2026-07-28
 * natively. Nobody is sent anything but answers: the list of tools never changes, so subscriptions are refused.
 */
export function mcpHandler(identity: ServerIdentity): McpHandler {
  const posts = new WeakMap<Request, McpPost>()
  const handler = createMcpHandler(
    ({ requestInfo }) => {
      const post = requestInfo === undefined ? undefined : posts.get(requestInfo)
      if (post === undefined) throw new Error('a request without a caller')
      return mcpServer(post.desk, identity, post.release)
    },
    { legacy: 'stateless', maxSubscriptions: 0 },
  )
  return {
    handle(post) {
      posts.set(post.request, post)
      return handler.fetch(post.request, { parsedBody: post.message })
    },
    close: () => handler.close(),
  }
}
