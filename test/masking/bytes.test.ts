import { expect, test } from '@jest/globals'
import { CellScan } from '../../src/masking/cell-scan.js'
import { Tally } from '../../src/masking/counts.js'
import { Scanner } from '../../src/masking/detectors/scanner.js'

const bytes = Buffer.from('card 4111111111111111 read')
const copy = () => Uint8Array.from(bytes)

test.each([
  ['a Buffer', bytes],
  ['a Uint8Array', copy()],
  ['an ArrayBuffer', copy().buffer],
  ['a DataView', new DataView(copy().buffer)],
  ['wider elements', new Uint16Array(copy().buffer)],
])('a card number in %s is found', (_, value) => {
  const tally = new Tally()
  const masked = new CellScan(new Scanner()).cell(value, tally)
  expect(Buffer.from(masked as Uint8Array).toString()).toBe('card 411111******1111 read')
  expect(tally.counts()).toEqual({ pan: 1 })
})
