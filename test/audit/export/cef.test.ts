/** What a strict reader of CEF finds is what was recorded. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { exportFormats } from '../../../src/audit/export/export-formats.js'
import { asked, exported, isShowable, linesOf, shown } from './kit.js'

interface Event {
  readonly header: readonly string[]
  readonly extension: ReadonlyMap<string, string>
}

/** @throws for anything that the format does not allow. */
function read(line: string): Event {
  const header: string[] = []
  let at = 0
  while (header.length < 7) {
    let field = ''
    for (; line[at] !== '|'; at++) {
      if (at >= line.length) throw new Error('the header is not whole')
      if (line[at] === '\\') {
        at += 1
        if (line[at] !== '|' && line[at] !== '\\') throw new Error('an unknown escape in the header')
      }
      field += line[at]
    }
    header.push(field)
    at += 1
  }
  if (header[0] !== 'CEF:0') throw new Error('not CEF')
  return { header, extension: extensionOf(line.slice(at)) }
}

/** An equals sign that is not escaped ends a key, which is the word before it. */
function extensionOf(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  let key: string | undefined
  let value = ''
  for (let at = 0; at < text.length; at++) {
    const unit = text[at] ?? ''
    if (unit === '\\') {
      at += 1
      const escaped = { '\\': '\\', '=': '=', n: '\n', r: '\r' }[text[at] ?? '']
      if (escaped === undefined) throw new Error('an unknown escape')
      value += escaped
    } else if (unit === '=') {
      const space = value.lastIndexOf(' ')
      const next = value.slice(space + 1)
      if (!/^[A-Za-z0-9]+$/.test(next)) throw new Error(`no key: ${next}`)
      if (key === undefined ? space !== -1 : space === -1) throw new Error('no space before a key')
      if (key !== undefined) put(pairs, key, value.slice(0, space))
      key = next
      value = ''
    } else value += unit
  }
  if (key === undefined) throw new Error('no pairs')
  put(pairs, key, value)
  return pairs
}

function put(pairs: Map<string, string>, key: string, value: string): void {
  if (pairs.has(key)) throw new Error(`${key} twice`)
  pairs.set(key, value)
}

describe('CEF', () => {
  test('gives every value back to a strict reader', () => {
    fc.assert(
      fc.property(asked, found => {
        const [line = ''] = linesOf('cef', { found, trail: '' })
        const { header, extension } = read(line)
        expect(header.slice(1, 5)).toEqual(['Cardea', 'Cardea', '0.1.0', 'statement'])
        const { statement, outcome } = found
        const texts: [string, string | undefined][] = [
          ['msg', statement.statement],
          ['suser', statement.principal?.subject],
          ['cs1', statement.decision.rule],
          ['cs2', statement.principal?.issuer],
          ['cs3', statement.agent?.id],
          ['externalId', found.id],
          ['requestContext', statement.session],
          ['destinationServiceName', statement.dataSource.id],
        ]
        for (const [key, value] of texts) {
          if (value !== undefined && !isShowable(value)) continue
          expect([key, extension.get(key)]).toEqual([key, value === undefined ? undefined : shown(value)])
        }
        expect(extension.get('cn1')).toBe(outcome?.rows?.toString())
        expect(extension.get('outcome')).toBe(outcome?.status)
        expect(Number(extension.get('start'))).toBe(Date.parse(found.time))
      }),
    )
  })

  test('is one line that a strict reader takes, whatever was found; a label has its value', () => {
    fc.assert(
      fc.property(exported, one => {
        const lines = linesOf('cef', one)
        expect(lines).toHaveLength(1)
        const { extension, header } = read(lines[0] ?? '')
        expect(Number(header[6])).toBeGreaterThanOrEqual(0)
        expect(Number(header[6])).toBeLessThanOrEqual(10)
        for (const key of extension.keys())
          if (key.endsWith('Label')) expect(extension.has(key.slice(0, -5))).toBe(true)
      }),
    )
  })

  test('keeps the version of the product within its field', () => {
    const { cef } = exportFormats('1|2\\3\n4')
    const [found] = fc.sample(asked, 1)
    if (found === undefined) throw new Error('no sample')
    expect(read(cef.lines({ found, trail: '' }).trimEnd()).header[3]).toBe('1|2\\3 4')
  })
})
