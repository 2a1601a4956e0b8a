import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import type {
  AgentTokenEntry,
  AgentTokenStore,
} from '../../../src/identity/agent-tokens/agent-token-store.js'
import { agentTokens } from '../../../src/identity/agent-tokens/agent-tokens.js'
import { keyId } from '../../../src/identity/agent-tokens/keys.js'
import {
  type AgentTokenMint,
  type AgentTokenRequest,
  type MintedAgentToken,
  mintAgentToken,
} from '../../../src/identity/agent-tokens/mint.js'
import type { RevocableToken } from '../../../src/identity/revocation-list.js'
import type { Credentials, Principal } from '../../../src/model/principal.js'

export const ISSUER = 'https://cardea.corp.example'
export const PEOPLE = 'https://login.corp.example'
export const NOW = Date.UTC(2030, 0, 1, 12)

export const operator: Principal = { subject: 'olivia', issuer: PEOPLE, kind: 'human' }
export const asked: AgentTokenRequest = {
  agent: 'reporting',
  sponsor: { subject: 'alice', issuer: PEOPLE, email: 'alice@corp.example' },
  roles: ['support', 'reports'],
  mintedBy: operator,
}

/** A register in memory that can be made unreachable. */
export function memoryStore(entries: AgentTokenEntry[] = []) {
  const state = { down: false, reads: 0 }
  const store: AgentTokenStore = {
    name: 'memory',
    insert: async entry => {
      if (state.down) throw new Error('down')
      entries.push(entry)
    },
    list: async ({ issuer, expiresAfter }) => {
      state.reads += 1
      if (state.down) throw new Error('down')
      return entries.filter(
        entry =>
          (issuer === undefined || entry.issuer === issuer) &&
          (expiresAfter === undefined || entry.expiresAt > expiresAfter),
      )
    },
    revoke: async (id, revocation) => {
      const at = entries.findIndex(entry => entry.id === id && entry.revocation === null)
      const entry = entries[at]
      if (entry === undefined) return false
      entries[at] = { ...entry, revocation }
      return true
    },
  }
  return { store, entries, state }
}

/** A mint and a verifier around one register, with time in the test's hands. */
export function house() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const time = { now: NOW }
  const clock = { now: () => time.now, monotonic: () => time.now - NOW }
  const register = memoryStore()
  const revoked: ((token: RevocableToken) => boolean)[] = []
  const lists = { down: false }
  const revocations = {
    isRevoked: async (token: RevocableToken) => {
      if (lists.down) throw new Error('down')
      return revoked.some(matches => matches(token))
    },
  }
  let minted = 0
  const ids = { next: () => `01JD0000000000000000000${String(++minted).padStart(3, '0')}` }
  const mint: AgentTokenMint = {
    issuer: ISSUER,
    signingKey: privateKey,
    store: register.store,
    revocations,
    clock,
    ids,
  }
  const verifier = () =>
    agentTokens({ issuer: ISSUER, publicKeys: [publicKey], store: register.store, revocations, clock })
  const provider = verifier()
  return {
    publicKey,
    privateKey,
    clock,
    time,
    register,
    revoked,
    lists,
    revocations,
    mint,
    verifier,
    make: (change: Partial<AgentTokenRequest> = {}): Promise<MintedAgentToken> =>
      mintAgentToken({ ...asked, ...change }, mint),
    verify: async (token: string, by = provider) => by.verify(bearer(token)),
  }
}

export function bearer(token: string): Credentials {
  return { kind: 'token', token }
}

/** Signed by whomever, saying whatever. */
export async function forged(
  key: KeyObject | Uint8Array,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const kid = 'type' in key ? keyId(key) : 'none'
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', typ: 'cardea-agent+jwt', kid, ...header })
    .sign(key)
}

export function claimsIn(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
