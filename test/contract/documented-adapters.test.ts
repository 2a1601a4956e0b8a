/** The adapters in docs/writing-adapters.md are taken from the page as they stand, and keep the contracts. */
import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { transform } from '@swc/core'
import type { ApprovalProvider } from '../../src/approval/approval-provider.js'
import type { AuditSink } from '../../src/audit/audit-sink.js'
import type { IdentityProvider } from '../../src/identity/identity-provider.js'
import type { ApprovalRequest } from '../../src/model/grant.js'
import type { AuditRecord } from '../../src/model/record.js'
import type { PolicyEngine } from '../../src/policy/policy-engine.js'
import { approvalProviderContract, auditSinkContract } from '../../src/testing/index.js'
import { deleteFacts } from '../approval/desk-kit.js'

const page = readFileSync(new URL('../../docs/writing-adapters.md', import.meta.url), 'utf8')

/** The one block of the page that exports this function, as a function. */
async function documented<Options, Adapter>(name: string): Promise<(options: Options) => Adapter> {
  const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(match => match[1] ?? '')
  const [source, ...more] = blocks.filter(block => block.includes(`export function ${name}(`))
  if (source === undefined || more.length > 0) throw new Error(`the page must have one ${name}`)
  const { code } = await transform(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  })
  const module = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)
  return module[name]
}

const deskApproval = await documented<{ url: string; everyMs: number }, ApprovalProvider>('deskApproval')
const linesSink = await documented<{ path: string }, AuditSink>('linesSink')
const signedTokens = await documented<{ key: Uint8Array; issuer: string }, IdentityProvider>('signedTokens')
const plainReads = await documented<{ maxRows: number }, PolicyEngine>('plainReads')

/** A ticket desk: one place per question, and an answer once somebody gave it. */
async function startDesk() {
  const open = new Set<string>()
  const answers = new Map<string, string>()
  const server = createServer((request, response) => {
    const [, , id = ''] = (request.url ?? '').split('/')
    if (request.method === 'PUT') open.add(id)
    if (request.method === 'DELETE') open.delete(id)
    const answer = request.method === 'GET' && open.has(id) ? answers.get(id) : undefined
    if (answer !== undefined) answers.delete(id)
    request.resume().on('end', () => response.end(answer ?? 'null'))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: ({ id }: ApprovalRequest, decision: string, reason: string) => {
      answers.set(id, JSON.stringify({ decision, reason, approver: { subject: 'approver', issuer: 'desk' } }))
    },
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

describe('the approval provider', () => {
  approvalProviderContract({
    test,
    make: async () => {
      const desk = await startDesk()
      const provider = deskApproval({ url: desk.url, everyMs: 2 })
      return { provider, answer: desk.answer, breakChannel: desk.stop, dispose: desk.stop }
    },
  })
})

describe('the audit sink', () => {
  auditSinkContract({
    test,
    make: () => {
      const directory = mkdtempSync(join(tmpdir(), 'cardea-lines-'))
      const path = join(directory, 'lines')
      const sink = linesSink({ path })
      const stored = async (): Promise<AuditRecord[]> =>
        existsSync(path)
          ? readFileSync(path, 'utf8')
              .split('\n')
              .filter(line => line !== '')
              .map(line => JSON.parse(line))
          : []
      return {
        sink,
        stored,
        async dispose() {
          await sink.close().catch(() => {})
          rmSync(directory, { recursive: true })
        },
      }
    },
  })
})

describe('the identity provider', () => {
  const key = Buffer.from('a key of the test')
  const provider = signedTokens({ key, issuer: 'house' })
  const sign = (claims: object) => {
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
    return `${payload}.${createHmac('sha256', key).update(payload).digest('base64url')}`
  }

  test('believes a signed token and nothing else', () => {
    const token = sign({ sub: 'alice', roles: ['support'], exp: 10 })
    const [, signature] = token.split('.')
    const [payload] = sign({ sub: 'root', roles: ['dba'], exp: 10 }).split('.')
    expect(provider.verify({ kind: 'token', token })).toEqual({
      subject: 'alice',
      issuer: 'house',
      roles: ['support'],
      expiresAt: 10_000,
    })
    for (const forged of ['', '.', `${payload}.${signature}`, `${payload}.`, token.slice(0, -2)]) {
      expect(provider.verify({ kind: 'token', token: forged })).toBeNull()
    }
    expect(provider.verify({ kind: 'asserted', principal: { subject: 'root', issuer: 'house' } })).toBeNull()
  })
})

describe('the policy engine', () => {
  const engine = plainReads({ maxRows: 10 })
  const read = { ...deleteFacts, kind: 'select' as const, readOnly: true, columns: [] }
  const judge = async (facts: object) => {
    const input = { facts, principal: { subject: 'a', issuer: 'b' }, session: 's', issuer: 'caller', now: 0 }
    return engine.evaluate({ ...input, dataSource: { id: 'd', environment: 'test' } } as never)
  }

  test('allows plain reads under obligations and denies the rest', async () => {
    expect(await judge(read)).toMatchObject({ effect: 'allow', obligations: { readOnly: true, maxRows: 10 } })
    for (const facts of [
      { analyzable: false, reason: 'x' },
      deleteFacts,
      { ...read, readOnly: false },
      { ...read, columns: deleteFacts.columns },
      { ...read, functions: [{ name: 'f', standing: 'user' }] },
      { ...read, relations: [{ schema: 'pg_catalog', relation: 'pg_stats', access: 'read', system: true }] },
      { ...read, output: [{ name: 'x', lineage: { kind: 'unknown', why: 'x' } }] },
    ]) {
      expect((await judge(facts)).effect).toBe('deny')
    }
  })

  test('has a hash that changes with its verdicts', () => {
    expect(plainReads({ maxRows: 11 }).hash).not.toBe(engine.hash)
  })
})
