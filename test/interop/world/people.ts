/** Who is in the world: two agents, a person who may approve, and the provider that vouches for them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startIssuer } from '../../support/issuer.js'

export interface People {
  readonly issuer: string
  readonly audience: string
  /** Certificates that vouch for the provider, a PEM file. */
  readonly ca: string
  readonly agents: readonly string[]
  agentToken(agent: string): Promise<string>
  personToken(person: string): Promise<string>
  close(): Promise<void>
}

const AGENTS = ['disputes-bot', 'payments-bot'] as const

export async function openPeople(directory: string): Promise<People> {
  const issuer = await startIssuer({ lifetime: 3600 })
  const ca = join(directory, 'issuer-ca.pem')
  writeFileSync(ca, issuer.ca)
  issuer.addUser('dana', {
    email: 'dana@corp.example',
    email_verified: true,
    groups: ['dba'],
    amr: ['pwd', 'otp'],
  })
  const signedIn = new Map<string, Promise<string>>()
  return {
    issuer: issuer.url,
    audience: issuer.audience,
    ca,
    agents: AGENTS,
    agentToken: agent => issuer.clientToken(agent),
    personToken: person => {
      const known = signedIn.get(person) ?? issuer.signIn(person).then(tokens => tokens.accessToken)
      signedIn.set(person, known)
      return known
    },
    close: () => issuer.close(),
  }
}
