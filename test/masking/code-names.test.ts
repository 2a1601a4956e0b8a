import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NAME } from '../../src/masking/detectors/sad/code-names.data.js'
import { Scanner } from '../../src/masking/detectors/scanner.js'

/** The pattern without what texts cannot be made from, and with blanks where it takes anything. */
const PLAIN = NAME.replace(/\(\?<!(?:[^()]|\([^)]*\))*\)/g, '')
  .replaceAll('\\b', '')
  .replaceAll('\\s?(?:[:=]|is)', '(?:=| is)')
  .replaceAll('\\S{1,6}', 'ajacy')
  .replace(/\.\{0,3\}/g, ' ')
  .replace(/(?<!\\)\.\?/g, ' ?')

describe('the names of verification codes', () => {
  const scanner = new Scanner()

  test('are each found, in whatever letters, though most texts are not searched for them', () => {
    const name = fc.stringMatching(new RegExp(`^(?:${PLAIN})$`))
    fc.assert(
      fc.property(name, fc.constantFrom(': ', '=', ' is '), fc.boolean(), (text, gap, isUpper) => {
        const whole = `${isUpper ? text.toUpperCase() : text}${gap}123`
        if (scanner.find(whole).length === 0) throw new Error(`nothing is found in ${whole}`)
      }),
      { numRuns: 10_000 },
    )
    expect(PLAIN).toContain('numaras')
  })

  test.each(['chiffres au dos: 123', 'guvenlik numarasi 123', 'GUVENLIK KODU: 4567'])('as in %s', text => {
    expect(scanner.find(text)).toHaveLength(1)
  })
})
