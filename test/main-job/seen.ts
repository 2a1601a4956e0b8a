/** Everything that is seen of card numbers while an agent works, by whoever sees it. */
import { expect } from '@jest/globals'
import { type ApprovalRequest, verifyTrail } from '../../src/index.js'
import { bob, everythingIn, holds, openHouse, type TestHouse, type TestHouseOptions } from './house.js'

/**
 * Holds trail, rows, errors and approval requests against the numbers.
 *
 * @param work attempts things, of which some succeed and some fail.
 */
export async function expectUnseen(
  numbers: readonly string[],
  options: TestHouseOptions,
  work: (house: TestHouse, attempt: (made: PromiseLike<unknown>) => Promise<void>) => Promise<void>,
): Promise<void> {
  const requests: ApprovalRequest[] = []
  const house = await openHouse({
    ...options,
    approval: async request => {
      requests.push(request)
      return { decision: 'approved', approver: bob, reason: 'ok' }
    },
  })
  const shown: string[] = []
  const attempt = async (made: PromiseLike<unknown>): Promise<void> => {
    try {
      shown.push(JSON.stringify(await made))
    } catch (error) {
      shown.push(everythingIn(error))
    }
  }
  try {
    await work(house, attempt)
    await house.governed.close()
    const everything = { trail: house.trail(), shown: shown.join('\n'), requests: JSON.stringify(requests) }
    expect(requests.length).toBeGreaterThan(2)
    for (const [place, text] of Object.entries(everything)) {
      for (const number of numbers)
        expect({ place, number, holds: holds(text, number) }).toEqual({ place, number, holds: false })
    }
    expect(await verifyTrail(house.directory)).toMatchObject({ status: 'whole', openIntents: 0 })
  } finally {
    await house.close()
  }
}
