import { describe, expect, test } from '@jest/globals'
import { birthDatePack } from '../../../src/masking/detectors/packs/birth-date.js'
import { Scanner } from '../../../src/masking/detectors/scanner.js'
import { holds, type Random } from './kit.js'

const scanner = new Scanner([birthDatePack()])
const mask = (text: string): string => scanner.mask(text)?.text ?? text

test.each([
  ['DOB 03/05/1984', 'DOB [redacted]'],
  ['D.O.B.: 3.5.84', 'D.O.B.: [redacted]'],
  ['date of birth (DD/MM/YYYY): 05/03/1984', 'date of birth (DD/MM/YYYY): [redacted]'],
  ['born on March 5, 1984 in Leeds', 'born on [redacted] in Leeds'],
  ['born 5th of March 1984', 'born [redacted]'],
  ['geboren am 5. März 1984', 'geboren am [redacted]'],
  ['Geburtsdatum: 05.03.1984', 'Geburtsdatum: [redacted]'],
  ['née le 5 mars 1984', 'née le [redacted]'],
  ['fecha de nacimiento: 5 de marzo de 1984', 'fecha de nacimiento: [redacted]'],
  ['{"dateOfBirth":"1984-03-05T00:00:00Z"}', '{"dateOfBirth":"[redacted]"}'],
  ['{\\"dob\\":\\"1984-03-05\\"}', '{\\"dob\\":\\"[redacted]\\"}'],
  ['birth_date=19840305&x=1', 'birth_date=[redacted]&x=1'],
  ['customerDob: 05 Mar 84', 'customerDob: [redacted]'],
  ['<birthDate>1984-03-05</birthDate>', '<birthDate>[redacted]</birthDate>'],
  ['id;dob\n1;1984-03-05\n2;1990-12-31', 'id;dob\n1;[redacted]\n2;[redacted]'],
  ['生年月日: 1984年3月5日', '生年月日: [redacted]'],
  ['dob%3D1984-03-05', 'dob%3D[redacted]'],
  ['dob: ١٩٨٤-٠٣-٠٥', 'dob: [redacted]'],
])('%j', (text, masked) => {
  expect(mask(text)).toBe(masked)
})

test.each([
  'due 1984-03-05',
  'born leader of 1984',
  'dob: unknown',
  'updated 2024-01-01, dob missing',
  'stubborn 12/12/2012',
  'birthday party on request',
  'dob 1984-13-45',
  'version 1984.03.05',
])('%j stays whole', text => {
  expect(mask(text)).toBe(text)
})

describe('generated', () => {
  holds(
    {
      detector: birthDatePack,
      member,
      keys: ['dob', 'DOB', 'date_of_birth', 'birthDate', 'birthday', 'Geburtsdatum'],
    },
    { recall: 1, falsePositives: 0 },
  )
})

const MONTHS = [
  'January',
  'Feb',
  'March',
  'Apr',
  'May',
  'June',
  'Jul',
  'August',
  'Sept',
  'Oct',
  'November',
  'Dec',
]

function member(random: Random): string {
  const year = String(1920 + random.int(100))
  const month = 1 + random.int(12)
  const day = 1 + random.int(28)
  const two = (value: number): string => String(value).padStart(2, '0')
  const name = random.pick(MONTHS)
  return random.pick([
    `${year}-${two(month)}-${two(day)}`,
    `${two(day)}/${two(month)}/${year}`,
    `${two(month)}/${two(day)}/${year}`,
    `${day}.${month}.${year}`,
    `${year}${two(month)}${two(day)}`,
    `${two(day)}-${two(month)}-${year}`,
    `${year}/${two(month)}/${two(day)}`,
    `${year}-${two(month)}-${two(day)}T00:00:00.000Z`,
    `${day} ${name} ${year}`,
    `${name} ${day}, ${year}`,
    `${two(day)}-${name}-${year}`,
  ])
}
