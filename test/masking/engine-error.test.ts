import { describe, expect, test } from '@jest/globals'
import { createMasker } from '../../src/masking/create-masker.js'
import type { EngineError } from '../../src/model/executor.js'
import { isRefusal } from '../../src/model/refusal.js'
import { executed, table, VISA } from './support.js'

const error: EngineError = {
  failed: true,
  message: `duplicate key value violates unique constraint "cards_pan_key" for ${VISA}`,
  code: '23505',
  severity: 'ERROR',
  detail: `Key (pan)=(${VISA}) already exists.`,
  hint: `not ${VISA}`,
  where: `COPY cards, line 1: "${VISA}"`,
  schema: 'public',
  table: 'cards',
  column: 'pan',
  constraint: `cards_${VISA}_key`,
  position: '17',
  internalQuery: `select '${VISA}'`,
  internalPosition: '8',
  file: 'nbtinsert.c',
  line: '664',
  routine: '_bt_check_unique',
}

function shown(given: EngineError, errors: 'pass' | 'scan' | 'redact'): unknown {
  const outcome = createMasker().mask(executed({ result: given, errors }))
  return isRefusal(outcome) ? outcome : outcome.result
}

describe('an error of the database', () => {
  test('passes', () => {
    expect(shown(error, 'pass')).toBe(error)
  })

  test('is scanned in every field', () => {
    const scanned = shown(error, 'scan')
    expect(JSON.stringify(scanned)).not.toContain(VISA)
    expect(scanned).toMatchObject({ detail: 'Key (pan)=(411111******1111) already exists.', table: 'cards' })
  })

  test('is told in own words, with names and without the texts that hold values', () => {
    expect(shown(error, 'redact')).toEqual({
      failed: true,
      message: 'a unique key already has this value',
      code: '23505',
      severity: 'ERROR',
      schema: 'public',
      table: 'cards',
      column: 'pan',
      constraint: 'cards_411111******1111_key',
      file: 'nbtinsert.c',
      line: '664',
      routine: '_bt_check_unique',
    })
  })

  test('is told in own words where a relation in play has a labelled column', () => {
    const people = table('people', 1, { id: [], ssn: ['ssn'] })
    const given = { result: { ...error, message: 'invalid input: "123-45-6789"' }, relations: [people] }
    const plain = table('plain', 2, { id: [] })
    const told = (parts: object) => {
      const outcome = createMasker().mask(executed({ ...given, ...parts }))
      return isRefusal(outcome) ? outcome : outcome.result
    }
    expect(told({})).toMatchObject({ message: 'a unique key already has this value' })
    expect(told({})).not.toHaveProperty('detail')
    expect(told({ relations: [people, plain], read: [plain] })).toMatchObject({
      message: 'invalid input: "123-45-6789"',
    })
  })

  test.each([
    ['22P02', 'a value does not have the form that its type needs'],
    ['22ZZZ', 'a value does not fit: wrong form, out of range or too long'],
    ['99999', 'the database reported an error'],
    ['SQLITE_CONSTRAINT_UNIQUE', 'a unique key already has this value'],
    ['SQLITE_CONSTRAINT_CHECK', 'a constraint does not allow the change'],
    ['ER_SOMETHING_NEW', 'the database reported an error'],
    [undefined, 'the database reported an error'],
  ])('code %s reads "%s"', (code, message) => {
    const given: EngineError = {
      failed: true,
      message: `invalid: "${VISA}"`,
      errno: 7,
      ...(code === undefined ? {} : { code }),
    }
    expect(shown(given, 'redact')).toMatchObject({ message, errno: 7 })
  })
})
