/** What a real reader of CSV finds is what was recorded, and nothing in it is a formula. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Asked, asked, exported, formats, linesOf } from './kit.js'

const READER = `import csv, json, sys, io
rows = csv.reader(io.TextIOWrapper(sys.stdin.buffer, 'utf-8', newline=''), strict=True)
json.dump(list(rows), sys.stdout)`

/** Rows as Python's csv module reads them. */
function rowsOf(text: string): string[][] {
  return JSON.parse(
    execFileSync('python3', ['-c', READER], { input: text, encoding: 'utf8', maxBuffer: 1 << 28 }),
  )
}

/** The text of a cell, without its guard and its escapes. */
function plain(cell: string | undefined): string {
  const text = (cell ?? '').replace(/^'/, '')
  return JSON.parse(`"${text.replaceAll('"', '\\"')}"`)
}

describe('CSV', () => {
  test('gives every value back to a reader of RFC 4180', () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const many = fc.sample(asked, { numRuns: 400, seed })
    const text = formats.csv.head + many.map(found => formats.csv.lines({ found, trail: 'w' })).join('')
    const [head = [], ...rows] = rowsOf(text)
    expect([rows.length, seed]).toEqual([many.length, seed])
    const at = (name: string) => head.indexOf(name)
    const texts: Record<string, (found: Asked) => string | undefined> = {
      id: ({ id }) => id,
      subject: ({ statement }) => statement.principal?.subject,
      issuer: ({ statement }) => statement.principal?.issuer,
      agent: ({ statement }) => statement.agent?.id,
      session: ({ statement }) => statement.session,
      origination: ({ statement }) => statement.origination,
      rule: ({ statement }) => statement.decision.rule,
      reason: ({ statement }) => statement.decision.reason,
      error: ({ outcome }) => outcome?.error?.code,
      statement: ({ statement }) => statement.statement,
    }
    for (const [index, found] of many.entries()) {
      const row = rows[index] ?? []
      expect(row).toHaveLength(head.length)
      for (const [name, of] of Object.entries(texts)) expect(plain(row[at(name)])).toBe(of(found) ?? '')
      expect(row[at('rows')]).toBe(String(found.outcome?.rows ?? ''))
      expect(row[at('time')]).toBe(found.time)
    }
  })

  test('holds no cell that a spreadsheet would run, and one line for each', () => {
    const all = fc.sample(exported, 400)
    const text = all.map(one => `${linesOf('csv', one).join('\n')}\n`).join('')
    const rows = rowsOf(text)
    expect(rows).toHaveLength(all.length)
    for (const cell of rows.flat()) {
      expect(cell).not.toMatch(/^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/)
      expect(cell).not.toMatch(/[\t\r\n]/)
    }
  })

  test('begins no formula where semicolons separate cells, either', () => {
    const hostile = ['select 1;=HYPERLINK("x")', 'a; \'"=1+1', ';;@SUM(A1)', 'x;-1;+1;\uff1d1', ';"";="']
    const texts = fc
      .sample(fc.tuple(fc.string(), fc.constantFrom(...hostile)), 100)
      .map(parts => parts.join(''))
    const lines = texts.flatMap((text, seed) =>
      fc
        .sample(asked, { numRuns: 1, seed })
        .map(one => ({ ...one, statement: { ...one.statement, statement: text } }))
        .map(found => formats.csv.lines({ found, trail: '' })),
    )
    for (const piece of lines.flatMap(line => line.split(';')))
      expect(piece.replace(/^[\s"']+/, '')).not.toMatch(/^[=+\-@\uff1d\uff0b\uff0d\uff20]/)
    const [head = [], ...rows] = rowsOf(formats.csv.head + lines.join(''))
    expect(rows.map(row => plain(row[head.indexOf('statement')]))).toEqual(texts)
  })
})
