import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { piecesOf } from '../../src/masking/sql-literals.js'
import type { Dialect } from '../../src/model/dialect.js'

/** `kind text`, with a bar behind what opens a string and before what closes it. */
function pieces(statement: string, dialect: Dialect): readonly string[] {
  return piecesOf(statement, dialect).map(({ kind, start, end, open, close }) => {
    const [before, inside, behind] = [
      statement.slice(start, start + open),
      statement.slice(start + open, end - close),
      statement.slice(end - close, end),
    ]
    return kind === 'string' ? `string ${before}|${inside}|${behind}` : `${kind} ${inside}`
  })
}

describe('what is data in a statement', () => {
  test.each<[Dialect, string, readonly string[]]>([
    ['postgres', "select 'a''b', t.c1, x2, $1 from t9", ["string '|a''b|'"]],
    ['postgres', "E'a\\'b' || 'c\\' d", ["string '|a\\'b|'", "string '|c\\' d|"]],
    ['mysql', "'a\\'b', \"c\"", ["string '|a\\'b|'", 'string "|c|"']],
    // An e that ends the name of a character set is none of its own; one that ends any other word may be.
    ['sqlite', "_late'a\\' b' c", ["string '|a\\' b' c|"]],
    ['sqlite', "late'a\\' b' c", ["string '|a\\' b|'"]],
    ['sqlite', "_la e'a\\' b' c", ["string '|a\\' b|'"]],
    ['postgres', '"a""b" `c` "d', ['name "a""b"', 'name `c`', 'string "|d|']],
    ['sqlite', '[a]]b] 1', ['name [a]]b]', 'number 1']],
    ['postgres', 'a[1]', ['number 1']],
    [
      'postgres',
      '$$a$$ $b$ $$ $b$ c$$d$$ 1$$ $e$f',
      ['string $$|a|$$', 'string $b$| $$ |$b$', 'number 1', 'string $e$|f|'],
    ],
    ['mysql', '$$a$$', []],
    [
      'postgres',
      '1 1.5 .5 1. 1e5 1.5e-3 1_000 0x1F 0b2 1e a.5 a.b',
      ['1', '1.5', '.5', '1.', '1e5', '1.5e-3', '1_000', '0x1F', '0b2', '1', '.5'].map(it => `number ${it}`),
    ],
    ['postgres', '/* a /* b */ c */ -- d\n# 1', ['comment /* a /* b */ c */', 'comment -- d', 'number 1']],
    ['mysql', '/* a /* b */ -- d\n# 1\n-', ['comment /* a /* b */', 'comment -- d', 'comment # 1']],
    ['postgres', 'é1 ١٢ 😀1 /* a', ['number 1', 'comment /* a']],
  ])('%s: %s', (dialect, statement, expected) => {
    expect(pieces(statement, dialect)).toEqual(expected)
  })

  test('stands in order, and holds every quote', () => {
    const part = fc.constantFrom(
      ...["'", '"', '`', '[', ']', '$', '$a$', '\\', '--', '/*', '*/', '#', '\n', ' '],
      'e',
      '1',
      '.',
      'é',
      '😀',
      '_',
    )
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }),
        fc.constantFrom<Dialect>('postgres', 'mysql', 'sqlite'),
        (parts, dialect) => {
          const text = parts.join('')
          let code = ''
          let from = 0
          for (const { start, end, open, close } of piecesOf(text, dialect)) {
            expect(start).toBeGreaterThanOrEqual(from)
            expect(end).toBeGreaterThanOrEqual(start + open + close)
            expect(end).toBeLessThanOrEqual(text.length)
            code += text.slice(from, start)
            from = end
          }
          expect(code + text.slice(from)).not.toMatch(/['"`]/)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
