/** Two columns of one name: a row that is an object holds one value for both, and so does its record. */
import { expect, test } from '@jest/globals'
import { RowAccount } from '../../src/audit/recorded-rows.js'
import { recordedShapes } from '../../src/audit/recorded-shape.js'
import { createScrubber } from '../../src/masking/scrubber.js'
import { executed, rows } from '../masking/support.js'

function recorded(
  names: readonly string[],
  ...given: readonly unknown[][] | readonly Record<string, unknown>[]
) {
  const { intended } = executed({ result: rows([...names]) })
  const shape = recordedShapes(createScrubber(), text => text)(
    names.map(name => ({ name })),
    intended.cleared,
  )
  const account = new RowAccount(shape, 10_000)
  account.add([...given] as never)
  return account.detail()
}

test('is recorded as the caller got it', () => {
  expect(recorded(['a', 'b', 'a'], { a: 2, b: 3 })).toMatchObject({
    columns: ['b', 'a'],
    payload: [[3, 2]],
    rows: 1,
  })
  expect(recorded(['a', 'a'], [1, 2])).toMatchObject({ columns: ['a', 'a'], payload: [[1, 2]] })
  expect(recorded(['a', 'b'], { a: 1, b: 2 })).toMatchObject({ columns: ['a', 'b'], payload: [[1, 2]] })
  expect(recorded(['a', 'a'])).toMatchObject({ columns: ['a', 'a'], payload: [], rows: 0 })
})

test('has the digest of what the caller got', () => {
  expect(recorded(['a', 'b', 'a'], { a: 2, b: 3 }).digest).toBe(recorded(['b', 'a'], [3, 2]).digest)
})
