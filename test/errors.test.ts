import { describe, expect, test } from '@jest/globals'
import { refusalOf, refusedError } from '../src/errors.js'
import type { Refusal } from '../src/model/refusal.js'

describe('a refusal that was thrown', () => {
  test.each<Refusal>([
    { refused: true, code: 'CARDEA_POLICY_DENIED', reason: 'no', rule: 'pci/session', decisionId: '01A' },
    { refused: true, code: 'CARDEA_APPROVAL_PENDING', reason: 'asked', decisionId: '01B', ticket: 't-1' },
    { refused: true, code: 'CARDEA_IDENTITY_REFUSED', reason: 'nobody' },
  ])('is the same again where it is caught: $code', refusal => {
    expect(refusalOf(refusedError(refusal))).toEqual(refusal)
  })
})
