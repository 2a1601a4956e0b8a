import { expect, test } from '@jest/globals'
import { isRefusal } from '../../src/model/refusal.js'
import { decide, explain } from '../../src/policy/decide.js'
import { definePolicy } from '../../src/policy/define-policy.js'
import { policyEngine } from '../../src/policy/engine.js'
import { explainText } from '../../src/policy/explain-text.js'
import { parsePolicy } from '../../src/policy/load.js'
import type { PolicyEngine } from '../../src/policy/policy-engine.js'
import { policySchemaJson } from '../../src/policy/policy-schema-json.js'
import type { PolicyDefinition } from '../../src/policy/schema.js'
import { analyzed, point } from './analyzed.js'
import { facts, id, out, statement } from './facts.js'

const read = facts({ output: [out('direct', id)] })
const policy = (rest: Partial<PolicyDefinition> = {}) =>
  definePolicy({ version: 1, extends: 'pci-baseline', ...rest })

async function decisionUnder(engine: PolicyEngine, about: Parameters<typeof analyzed>[0] = read) {
  const decided = await decide(point(engine), analyzed(about))
  return isRefusal(decided) ? decided.evidence?.decision : decided.decision
}

test('is read from YAML and TypeScript alike, in any order, one value or a list', () => {
  const wanted = policy({ detect: ['secret', 'email'] })
  expect(wanted.detect).toEqual(['email', 'secret'])
  const yaml = (detect: string) => parsePolicy(`version: 1\nextends: pci-baseline\ndetect: ${detect}\n`)
  expect(yaml('[email, secret]')).toEqual(wanted)
  expect(yaml('email')).toEqual(policy({ detect: ['email'] }))
})

test('changes the hash of the policy, and only where something is asked for', () => {
  expect(policy().detect).toBeUndefined()
  expect(policy({ detect: 'iban' }).hash).not.toBe(policy().hash)
  expect(policy({ detect: 'iban' }).hash).not.toBe(policy({ detect: 'ssn' }).hash)
})

test('names what is wrong with line and column', () => {
  const yaml = (detect: string) => () => parsePolicy(`version: 1\ndetect: ${detect}\n`)
  expect(yaml('[email, e-mail]')).toThrow(
    /policy\.yaml:2:17 detect\[1\]: must be one of birth-date, email, iban, phone, secret, ssn/,
  )
  expect(yaml('[email, iban, email]')).toThrow(/policy\.yaml:2:23 detect\[2\]: email is named twice/)
  expect(yaml('pan')).toThrow(/policy\.yaml:2:1 detect: must be one of/)
  expect(() => policy({ detect: ['Email' as never] })).toThrow(/detect\[0\]: must be one of/)
})

test('stands in the schema for editors', () => {
  expect(JSON.stringify(JSON.parse(policySchemaJson()).properties.detect)).toContain('"birth-date"')
})

test('goes with every decision, denials included; without it no decision has the member', async () => {
  const engine = policyEngine(policy({ detect: ['secret', 'email'] }))
  expect((await decisionUnder(engine))?.detect).toEqual(['email', 'secret'])
  expect(await decisionUnder(engine, statement('ddl'))).toMatchObject({
    effect: 'deny',
    detect: ['email', 'secret'],
  })
  const failing: PolicyEngine = {
    ...engine,
    evaluate: () => {
      throw new Error('no')
    },
  }
  expect(await decisionUnder(failing)).toMatchObject({ rule: 'engine-failure', detect: ['email', 'secret'] })
  const plain = policyEngine(policy())
  expect(await decisionUnder(plain)).not.toHaveProperty('detect')
  expect(await decisionUnder(plain, statement('ddl'))).not.toHaveProperty('detect')
})

test('is told by explain', async () => {
  const lines = async (rest: Partial<PolicyDefinition>) =>
    explainText(await explain(point(policyEngine(policy(rest))), analyzed(read)))
  expect(await lines({ detect: ['ssn', 'iban'] })).toContain('  detectors look for iban, ssn as well')
  expect((await lines({})).join()).not.toContain('as well')
})
