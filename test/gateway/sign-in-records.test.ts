/** A flood of refused sign-ins is on record, and fills no disk. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SignInRecords } from '../../src/gateway/operation/sign-in-records.js'

const clock = { now: () => Date.parse('2030-01-01T00:00:00Z'), monotonic: () => 0 }

function records() {
  const noted: { event: string; detail: Readonly<Record<string, unknown>> }[] = []
  return { noted, signIns: new SignInRecords((event, detail) => noted.push({ event, detail }), clock) }
}

const refusal = fc.record({
  door: fc.constantFrom('http', 'postgres'),
  address: fc.ipV4(),
  code: fc.string(),
})

describe('refused sign-ins', () => {
  test('are each accounted for, in a bounded number of records', () => {
    fc.assert(
      fc.property(fc.array(refusal, { maxLength: 300 }), refusals => {
        const { noted, signIns } = records()
        for (const one of refusals) signIns.refused(one)
        signIns.close()
        expect(noted.length).toBeLessThanOrEqual(31)
        const told = noted.map(({ detail }) => Number(detail['count'] ?? 1))
        expect(told.reduce((sum, count) => sum + count, 0)).toBe(refusals.length)
        expect(noted.slice(0, 30).map(({ detail }) => detail)).toEqual(refusals.slice(0, 30))
        const addresses = new Set(refusals.slice(30).map(({ address }) => address))
        if (addresses.size > 0) expect(noted[30]?.detail['addresses']).toBe(addresses.size)
      }),
    )
  })

  test('begin anew with each minute, and leave nothing behind', () => {
    const { noted, signIns } = records()
    const one = { door: 'http', address: '192.0.2.1', code: 'CARDEA_IDENTITY_REFUSED' }
    for (let minute = 0; minute < 3; minute++) {
      for (let at = 0; at < 40; at++) signIns.refused(one)
      signIns.close()
    }
    signIns.close()
    expect(noted).toHaveLength(3 * 31)
  })

  test('tell of a provider that cannot say once at once, and how often at the end', () => {
    const { noted, signIns } = records()
    for (let at = 0; at < 500; at++) signIns.unclear()
    expect(noted).toEqual([{ event: 'control.fail', detail: { control: 'identity provider' } }])
    signIns.close()
    expect(noted).toHaveLength(2)
    expect(noted[1]?.detail).toMatchObject({ control: 'identity provider', count: 500 })
  })
})
