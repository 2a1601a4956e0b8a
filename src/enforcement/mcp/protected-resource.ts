/** Where a client finds out whom to ask for a token (RFC 9728, as the MCP specification requires). */
import type { FastifyInstance } from 'fastify'

export interface ProtectedResourceOptions {
  /** Origin under which clients reach the gateway, for example `'https://gateway.corp.example'`. */
  readonly publicUrl?: string
  /** Issuers whose tokens are accepted. With `publicUrl`, clients are told of them. */
  readonly issuers?: readonly string[]
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** Serves the documents, where the gateway knows what to say in them. */
export function serveMetadata(server: FastifyInstance, options: ProtectedResourceOptions): void {
  if (!isKnown(options)) return
  const { publicUrl = '', issuers = [] } = options
  for (const path of ['/mcp', '/mcp/:dataSource']) {
    server.get(`${WELL_KNOWN}${path}`, async ({ url }, reply) =>
      reply.header('cache-control', 'max-age=300').send({
        resource: `${origin(publicUrl)}${pathOf(url).slice(WELL_KNOWN.length)}`,
        authorization_servers: issuers,
        bearer_methods_supported: ['header'],
        resource_name: 'Cardea',
      }),
    )
  }
}

/**
 * The `WWW-Authenticate` header of a 401 (RFC 6750, section 3).
 *
 * @param url path of the request that was refused.
 * @param presented whether it brought a token.
 */
export function challenge(url: string, presented: boolean, options: ProtectedResourceOptions): string {
  const parts = presented ? ['error="invalid_token"'] : []
  if (isKnown(options)) {
    parts.push(`resource_metadata="${origin(options.publicUrl ?? '')}${WELL_KNOWN}${pathOf(url)}"`)
  }
  return parts.length === 0 ? 'Bearer' : `Bearer ${parts.join(', ')}`
}

function isKnown({ publicUrl, issuers = [] }: ProtectedResourceOptions): boolean {
  return publicUrl !== undefined && issuers.length > 0
}

function origin(publicUrl: string): string {
  return new URL(publicUrl).origin
}

/** Quotes cannot stand in it: a URL's path escapes them. */
function pathOf(url: string): string {
  return new URL(url, 'http://localhost').pathname
}
