import { expect, test } from '@jest/globals'
import { copyBinding } from '../../../src/enforcement/knex/bindings.js'

const rules = { arrays: true, json: true, nonFinite: true }

test('a binding that holds itself is refused, as a list and as an object', () => {
  const list: unknown[] = []
  list.push(list)
  const object: Record<string, unknown> = {}
  object['self'] = object
  for (const endless of [list, object, [object]]) {
    expect(() => copyBinding(endless, rules)).toThrow(
      expect.objectContaining({ code: 'CARDEA_BINDING_REFUSED' }),
    )
  }
})

test('arrays of PostgreSQL’s own depth pass', () => {
  expect(copyBinding([[[[[[1]]]]]], rules)).toEqual([[[[[[1]]]]]])
})
