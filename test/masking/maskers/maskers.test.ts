/** What every masker owes, whatever it is given. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { anyValue, digitsOf, METHODS, masked, ODD, PANS } from './kit.js'

const name = (at: number) => JSON.stringify(METHODS[at])

describe.each(METHODS.map((mask, at) => [name(at), mask] as const))('%s', (_name, mask) => {
  test('never throws, keeps NULL, and masking what is masked changes nothing', () => {
    const owes = (value: unknown) => {
      const once = masked(mask, value)
      if (value === null || value === undefined) expect(once).toBe(value)
      expect(masked(mask, once)).toEqual(once)
    }
    for (const value of [...ODD, null, undefined]) owes(value)
    fc.assert(fc.property(anyValue, owes), { numRuns: 1500 })
  })

  test('lets no nine digits of a PAN through', () => {
    for (const pan of PANS) {
      const forms = [pan, BigInt(pan), Number(pan), Buffer.from(pan), `${pan}.50`, `-${pan}`, [pan], { pan }]
      const spaced = [pan.replace(/(\d{4})(?=\d)/g, '$1 '), `  ${pan}`, `${pan}\u200b`]
      for (const form of [...forms, ...spaced]) {
        const shown = digitsOf(masked(mask, form)).replace(/\D+/g, ' ')
        for (let at = 0; at + 9 <= pan.length; at++) expect(shown).not.toContain(pan.slice(at, at + 9))
      }
    }
  })
})
