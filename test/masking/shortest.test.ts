/** Card data with no digit to spare: what is looked at first must not take it for less. */
import { expect, test } from '@jest/globals'
import { Scanner } from '../../src/masking/detectors/scanner.js'

const scanner = new Scanner()
/** Twelve digits are the fewest of any brand. */
const MAESTRO = '676770001235'
const codes = (of: (digit: string, code: number) => string, gap: string): string =>
  [...MAESTRO].map(digit => of(digit, digit.charCodeAt(0))).join(gap)
const bits = (gap: string): string => codes((_, code) => code.toString(2).padStart(8, '0'), gap)

type Kind = 'pan' | 'sad' | 'track'

const SHORTEST: readonly (readonly [text: string, ...kinds: Kind[]])[] = [
  [MAESTRO, 'pan'],
  [MAESTRO.replace(/.{4}(?=.)/g, '$&      '), 'pan'],
  [`${MAESTRO}|01|27|123`, 'pan', 'sad'],
  [`${MAESTRO} 01/27 123`, 'pan', 'sad'],
  [`;${MAESTRO}=2712101000?`, 'track'],
  [`${MAESTRO}D2712101000`, 'track'],
  [`57 0c ${MAESTRO}d2712101000`, 'track'],
  [`B${MAESTRO}^A/B^2712`, 'track'],
  [bits(''), 'pan'],
  [bits(' '), 'pan'],
  [codes((_, code) => `${code}`, ','), 'pan'],
  [codes((_, code) => `chr(${code})`, '||'), 'pan'],
  [codes(digit => `3${digit}`, ' '), 'pan'],
  [codes(digit => `0x3${digit}`, ','), 'pan'],
  [codes((_, code) => `0${code.toString(8)}`, '-'), 'pan'],
  [Buffer.from(MAESTRO).toString('base64'), 'pan'],
  [Buffer.from(`card ${MAESTRO}`).toString('base64'), 'pan'],
  ['6.76770001235e+11', 'pan'],
  ['67677.0001235E7', 'pan'],
  ['card is 676770001236', 'pan'],
  ['pan="676770001236', 'pan'],
  ["pan = '676770001236'", 'pan'],
  ['4111111111111112 union pay', 'pan'],
  ['cvv 123', 'sad'],
  ['CID=1234', 'sad'],
  ['code on the back 123', 'sad'],
  [`pin block ${'0f'.repeat(8)}`, 'sad'],
]

/** The same memory, memory of its own, as it reads. */
const AROUND: readonly (readonly [name: string, before: string])[] = [
  ['alone', ''],
  ['in a sentence', 'lorem ipsum dolor sit amet consectetur adipiscing '],
  ['in a long text', 'lorem ipsum '.repeat(500)],
  ['beside what is not ASCII', 'é '],
  ['in a sentence that is not ASCII', 'lörem ipsum dölor sit amet cönsectetur adipiscing '],
  ['in a long text that is not ASCII', 'lörem ipsum '.repeat(500)],
]

test.each(AROUND)('the shortest of each kind is found: %s', (_name, before) => {
  const found = SHORTEST.map(([text]) => [text, ...kindsIn(before, text)])
  expect(found).toEqual(SHORTEST)
})

test.each(AROUND)('and not cleared from its bytes: %s', (_name, before) => {
  const cleared = SHORTEST.filter(([text]) => {
    const bytes = Buffer.from(`4${before}${text}1`)
    return scanner.clears(bytes, 1, bytes.length - 1)
  })
  expect(cleared).toEqual([])
})

test.each(AROUND)('in digits of other scripts too, of which nothing is left: %s', (_name, before) => {
  const fullwidth = [...MAESTRO].map(digit => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('')
  const doubled = [...MAESTRO].map(digit => String.fromCodePoint(0x1d7d8 + Number(digit))).join('')
  for (const digits of [fullwidth, doubled, MAESTRO.slice(0, 11) + doubled.slice(22)]) {
    expect(scanner.mask(`${before}${digits}.`)?.text).toBe(`${before}676770**1235.`)
  }
})

test('what was read before is not read again', () => {
  for (const [, before] of AROUND) {
    scanner.mask(`${before}${MAESTRO}`)
    expect(scanner.mask('1234 5')).toBeUndefined()
    expect(scanner.mask('é 1234 5')).toBeUndefined()
  }
})

/** What is found in the text, and that nothing before it is touched. */
function kindsIn(before: string, text: string): readonly string[] {
  const { text: masked = '', findings = [] } = scanner.mask(before + text) ?? {}
  const after = masked.startsWith(before) ? masked.slice(before.length) : before
  const isSame = after === scanner.mask(text)?.text
  return isSame ? findings.map(({ detector, refuse }) => (refuse ? 'track' : detector)) : ['elsewhere']
}
