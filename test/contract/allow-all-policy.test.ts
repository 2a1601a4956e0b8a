import { expect, test } from '@jest/globals'
import type { PolicyInput } from '../../src/policy/policy-engine.js'
import { allowAllPolicy } from '../../src/testing/index.js'

test('the test policy allows everything as it is, even what cannot be analysed', () => {
  const policy = allowAllPolicy()
  const input: PolicyInput = {
    facts: { analyzable: false, dialect: 'postgres', code: 'syntax', reason: 'x', catalogVersion: 'c' },
    principal: { subject: 'a', issuer: 'b' },
    dataSource: { id: 'd', environment: 'test' },
    session: 's',
    issuer: 'caller',
    now: 0,
  }
  expect(policy.evaluate(input)).toEqual({
    effect: 'allow',
    rule: 'allow-all',
    reason: 'The test policy allows everything.',
    trace: [],
    obligations: { mask: 'none', errors: 'pass', readOnly: false },
  })
  expect(policy.hash).toMatch(/^[0-9a-f]{64}$/)
  expect(allowAllPolicy().hash).toBe(policy.hash)
})
