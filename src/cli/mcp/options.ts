import type { TokenType } from '../credentials/sign-in.js'

/** What `cardea mcp` is told. */
export interface McpOptions {
  readonly policy: string
  readonly database?: string
  readonly embedded?: true
  readonly seed?: string
  readonly audit?: string
  readonly as?: string
  readonly role: readonly string[]
  readonly issuer?: string
  readonly audience?: string
  readonly ca?: string
  readonly tokenType?: TokenType
  readonly groupsClaim?: string
  readonly agentIssuer?: string
  readonly agentKey?: string
  readonly agent?: string
  readonly session?: string
  readonly approval: 'ticket' | 'wait'
  readonly budget?: number
  readonly store?: string
  readonly storeKey?: string
  readonly maskingKey?: string
  readonly denialAs: 'error' | 'result'
  readonly dataSource: string
  readonly environment: string
}
