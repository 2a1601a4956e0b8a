/** The published schema is the one that records are held to, and it lets nothing by that it does not name. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { recordSchema } from '../../../src/audit/schema/record-schema.js'
import { recordSchemaJson } from '../../../src/audit/schema/record-schema-json.js'
import { records } from '../records/arbitrary.js'
import { withTables } from './documents.js'

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url))
const published = readFileSync(`${docs}audit-record.schema.json`, 'utf8')
const byPublished = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(published))

function fits(value: unknown): boolean {
  const { success } = recordSchema.safeParse(value)
  expect(byPublished(value)).toBe(success)
  return success
}

/** Objects whose members are fixed: all but counts by label, cells and what an event says. */
function fixedObjects(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(fixedObjects)
  if (typeof value !== 'object' || value === null) return []
  const open = ['masked', 'payload', 'detail']
  const inner = Object.entries(value).flatMap(([name, member]) =>
    open.includes(name) ? [] : fixedObjects(member),
  )
  return [value as Record<string, unknown>, ...inner]
}

describe('the published schema', () => {
  test('is the one that the code has', () => {
    expect(published).toBe(recordSchemaJson())
  })

  test('has its tables on the page about it', () => {
    const page = readFileSync(`${docs}audit-schema.md`, 'utf8')
    expect(page).toBe(withTables(page, published))
  })

  test('takes whatever a record may say', () => {
    fc.assert(fc.property(records, record => fits(record)))
  })

  test('refuses a member that it does not name, wherever it stands', () => {
    fc.assert(
      fc.property(records, fc.nat(), (record, at) => {
        const changed = structuredClone(record)
        const objects = fixedObjects(changed)
        const one = objects[at % objects.length]
        if (one !== undefined) one['surplus'] = 1
        return !fits(changed)
      }),
    )
  })

  test.each(['time', 'event', 'phase', 'id', 'seq', 'prev', 'origin', 'v'])('needs %s', member => {
    fc.assert(
      fc.property(records, record => {
        const { [member]: _, ...without } = record as unknown as Record<string, unknown>
        return !fits(without)
      }),
      { numRuns: 20 },
    )
  })

  // PCI DSS 10.2.2: user, type, time, success or failure, origination, what was affected.
  test.each([
    'principal',
    'origination',
    'objects',
    'dataSource',
    'decision',
    'statement',
    'point',
    'session',
  ])('needs %s of a statement', member => {
    fc.assert(
      fc.property(records, record => {
        if (!('body' in record) || record.body === undefined) return true
        const { [member]: _, ...body } = record.body as unknown as Record<string, unknown>
        return !fits({ ...record, body })
      }),
      { numRuns: 30 },
    )
  })

  test('refuses an event that nobody has described, and a time without its zone', () => {
    const single = {
      v: 1,
      origin: 'here',
      seq: 1,
      prev: '0'.repeat(64),
      id: 'one',
      time: '2030-01-01T00:00:00.000Z',
      event: 'trail.open',
      phase: 'single',
      detail: { anything: ['goes'] },
    }
    expect(fits(single)).toBe(true)
    expect(fits({ ...single, event: 'trail.opened' })).toBe(false)
    expect(fits({ ...single, time: '2030-01-01T00:00:00.000' })).toBe(false)
    expect(fits({ ...single, event: 'statement' })).toBe(false)
  })
})
