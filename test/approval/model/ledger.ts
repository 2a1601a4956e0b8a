/**
 * What must be true, kept apart from the code under test: who may approve is a table here, time is the
 * test's own, and every execution is checked against it when it happens.
 */
import assert from 'node:assert/strict'
import type { ApprovalAnswer, Approver } from '../../../src/model/grant.js'
import { requirement } from '../desk-kit.js'
import type { Spec } from './protocol.js'

export const SECOND = 1_000
/** Clocks of hosts may be this far apart. */
const TOLERANCE = 10 * SECOND
/** A process that waits is believed in for as long, without a new sign of life. */
const BELIEVED = 15 * SECOND
const { decideWithinMs, useWithinMs } = requirement

export interface Person {
  readonly approver: Approver
  /** Who it is, under whatever name; null: may not approve. */
  readonly who: 'bob' | 'carol' | 'dave' | null
}

const issuer = 'https://idp.corp.example'
export const PEOPLE: readonly Person[] = [
  { who: 'bob', approver: { subject: 'bob@corp.example', issuer, roles: ['dba'] } },
  { who: 'carol', approver: { subject: 'carol@corp.example', issuer, groups: ['dba'] } },
  { who: 'dave', approver: { subject: 'dave', issuer, roles: ['dba', 'dev'], email: 'dave@corp.example' } },
  // One person under other names and through another group.
  {
    who: 'bob',
    approver: { subject: 'BOB@corp.example ', issuer: 'https://other.example', groups: ['dba'] },
  },
  {
    who: 'dave',
    approver: { subject: 'dave@corp.example', issuer: 'https://other.example', roles: ['dba'] },
  },
  // The requester and sponsor, under two names.
  { who: null, approver: { subject: 'alice@corp.example', issuer, roles: ['dba'] } },
  { who: null, approver: { subject: 'a.l', issuer, email: 'Alice@Corp.example', groups: ['dba'] } },
  { who: null, approver: { subject: 'eve@corp.example', issuer, roles: ['support'] } },
  { who: null, approver: { subject: 'root@corp.example', issuer, roles: ['admin'], groups: ['admins'] } },
  { who: null, approver: { subject: 'robot', issuer, kind: 'agent', roles: ['dba'] } },
  { who: null, approver: { subject: 'billing-bot', issuer, roles: ['dba'] } },
  { who: null, approver: { subject: 'job', issuer, kind: 'service', roles: ['dba'] } },
]

export interface Given {
  readonly person: Person
  readonly decision: ApprovalAnswer['decision']
  readonly reason: string
}

export function mayCount({ person, reason }: Given): boolean {
  return person.who !== null && reason.trim() !== ''
}

/** One request, as the test knows it. */
export class Request {
  readonly approvals = new Set<string>()
  state: 'pending' | 'approved' | 'denied' | 'used' | 'withdrawn' = 'pending'
  grantedAt = Number.NaN
  uses = 0
  /** Nobody edited its row. */
  sound = true
  /** All clocks agreed and all processes lived, so that its outcome is known and not only what is forbidden. */
  calm: boolean
  /** A process was killed while it used it. */
  unsure = false

  constructor(
    readonly id: string,
    readonly spec: Spec,
    readonly createdAt: number,
    /** The process, this time, and its call; for one that waits. */
    readonly wait: { readonly incarnation: string; readonly call: string } | null,
    calm: boolean,
  ) {
    this.calm = calm
  }

  /** What may be believed of it at a time. */
  standing(now: number): Request['state'] | 'expired' {
    if (this.state === 'pending' && now - this.createdAt >= decideWithinMs) return 'expired'
    if (this.state === 'approved' && now - this.grantedAt >= useWithinMs) return 'expired'
    return this.state
  }

  /** Whether what happens to it can be foretold. */
  isCertain(now: number): boolean {
    const believed = this.wait === null || this.state !== 'pending' || now - this.createdAt < BELIEVED
    return this.calm && !this.unsure && believed
  }

  /** An answer was counted by a desk. */
  count(given: Given, now: number): void {
    const what = `${given.decision} by ${given.person.approver.subject} for ${this.id}`
    assert.ok(mayCount(given), `counted from somebody who may not: ${what}`)
    assert.ok(this.sound, `counted on an edited row: ${what}`)
    assert.equal(this.state, 'pending', `counted after the end: ${what}`)
    assert.ok(now - this.createdAt < decideWithinMs + TOLERANCE, `counted too late: ${what}`)
    const who = given.person.who ?? ''
    assert.ok(!this.approvals.has(who), `counted twice: ${what}`)
    if (given.decision === 'denied') {
      this.state = 'denied'
      return
    }
    this.approvals.add(who)
    if (this.approvals.size < this.spec.quorum) return
    this.state = 'approved'
    this.grantedAt = now
  }

  /** A desk let a statement through. */
  use(spec: Spec, incarnation: string, now: number): void {
    assert.equal(this.uses, 0, `used a second time: ${this.id}`)
    assert.ok(this.sound, `used after its row was edited: ${this.id}`)
    assert.ok(
      this.approvals.size >= this.spec.quorum,
      `used with ${this.approvals.size} approvals: ${this.id}`,
    )
    assert.ok(this.state === 'approved' || this.unsure, `used while ${this.state}: ${this.id}`)
    assert.deepEqual({ ...spec, mode: '' }, { ...this.spec, mode: '' }, 'used for something else')
    assert.ok(now - this.grantedAt < useWithinMs + TOLERANCE, `used too late: ${this.id}`)
    if (this.wait !== null) assert.equal(incarnation, this.wait.incarnation, 'used by another process')
    this.uses += 1
    this.state = 'used'
  }
}
