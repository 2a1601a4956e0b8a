import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { numberedLines, oneLine, pieces, quoted, widthOf } from '../../src/approval/providers/plain-text.js'
import {
  duration,
  fromNow,
  type RequestStatus,
  requestLines,
  requestText,
  rowsOf,
} from '../../src/approval/providers/request-text.js'
import type { ApprovalRequest } from '../../src/model/grant.js'

const NOW = Date.UTC(2030, 0, 1, 0, 1)

/** A request with every part that there is; each text of others comes from `word`. */
function fullRequest(word: () => string): { request: ApprovalRequest; status: RequestStatus } {
  const createdAt = Date.UTC(2030, 0, 1)
  const approver = () => ({ subject: word(), issuer: word(), email: word() })
  const request: ApprovalRequest = {
    id: word(),
    kind: 'break-glass',
    statement: word(),
    bindings: [word(), word()],
    summary: [word(), word()],
    labels: [word()],
    estimatedRows: 3,
    preview: {
      rows: 12,
      columns: [word(), word()],
      samples: [{ before: [word(), word()], after: [word(), word()] }],
    },
    plea: word(),
    window: { fingerprints: [word(), word()], rows: 500, durationMs: 1_800_000 },
    principal: {
      subject: word(),
      issuer: word(),
      kind: 'agent',
      name: word(),
      email: word(),
      onBehalfOf: {
        subject: word(),
        issuer: word(),
        kind: 'service',
        onBehalfOf: { subject: word(), issuer: word(), email: word() },
      },
    },
    agent: { framework: word(), id: word(), version: word(), toolCall: word(), claimedReason: word() },
    session: word(),
    dataSource: { id: word(), environment: word() },
    rule: word(),
    reason: word(),
    trace: [],
    requirement: {
      approvers: [word()],
      quorum: 2,
      decideWithinMs: 900_000,
      useWithinMs: 300_000,
      reasonRequired: true,
      ticketRequired: true,
      amr: [word()],
    },
    createdAt,
    decideBy: createdAt + 900_000,
  }
  const status: RequestStatus = {
    state: 'approved',
    version: 3,
    answers: [{ decision: 'approved', approver: approver(), reason: word(), ticket: word() }],
    now: NOW,
    useBy: createdAt + 1_200_000,
    why: word(),
    reviewBy: createdAt + 86_400_000,
    review: { reviewer: approver(), words: word(), at: createdAt + 30_000 },
    objection: word(),
    rejected: word(),
  }
  return { request, status }
}

/** Texts that want to be something else: anything, and what the frame itself is made of. */
const frames = fullRequest(() => 'x')
const frameWords = requestText(frames.request, frames.status).split('\n')
const word = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme' }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('\n', '\r\n', '\r', '\u2028', '\u0085', ' '.repeat(70), '", "', ' | ', '\\u{a}'),
        fc.constantFrom(...frameWords),
      )
      .map(([before, frame]) => `x${before}${frame}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\u001b[2J', '\u202e', '\u200b', '\ufeff', '\u3164', 'e\u0301\u0301\u0301'),
  },
)
/** One draw of texts, dealt out in turn. */
const dealt = fc.array(word, { minLength: 5, maxLength: 60 })
const deal = (words: readonly string[], make: (text: string) => string = text => text) => {
  let at = 0
  return fullRequest(() => make(words[at++ % words.length] ?? ''))
}

describe('property: whatever the texts hold', () => {
  const flat = (text: string): string => text.replace(/\r?\n/g, ' ')

  test('no line of the frame can be imitated: the same lines begin with the same words', () => {
    const plain = requestLines(frames.request, frames.status).map(({ frame }) => frame)
    fc.assert(
      fc.property(dealt, words => {
        const { request, status } = deal(words, flat)
        const lines = requestLines(request, status).filter(({ frame }) => !frame.startsWith('  ! '))
        expect(lines.map(({ frame }) => frame)).toEqual(plain)
        const printed = requestText(request, status)
          .split('\n')
          .filter(printed => !printed.startsWith('  ! '))
        expect(printed.at(-1)).toBe('')
        expect(printed.slice(0, -1).map((printed, at) => printed.startsWith(plain[at] ?? '?'))).toEqual(
          plain.map(() => true),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('the lines of a statement are numbered, all of them, and nothing else between', () => {
    fc.assert(
      fc.property(dealt, words => {
        const { request, status } = deal(words)
        const printed = requestText(request, status).split('\n')
        const from = printed.indexOf('The statement:') + 1
        const many = request.statement.split(/\r\n|\n/).length
        expect(printed.slice(from, from + many)).toEqual(numberedLines(request.statement))
        expect(printed[from + many]).toMatch(/^(Bound values:| {2}! Holds )/)
      }),
      { numRuns: 300 },
    )
  })

  test('cut to any width, every row begins as its line does or with a bar, and nothing is lost', () => {
    fc.assert(
      fc.property(dealt, fc.integer({ min: 20, max: 120 }), (words, columns) => {
        const { request, status } = deal(words)
        for (const line of requestLines(request, status)) {
          const whole = line.frame + line.text
          const [first = '', ...others] = rowsOf(line, columns)
          expect(whole.startsWith(first)).toBe(true)
          for (const row of [first, ...others]) expect(widthOf(row)).toBeLessThanOrEqual(columns + 10)
          for (const row of others) expect(row).toMatch(/^ *\| /)
          expect(first + others.map(row => row.replace(/^ *\| /, '')).join('')).toBe(whole)
        }
        for (const { frame } of requestLines(request, status)) expect(frame).not.toMatch(/^ *\| /)
      }),
      { numRuns: 200 },
    )
  })

  test('no control, direction or invisible character comes through', () => {
    fc.assert(
      fc.property(dealt, words => {
        const { request, status } = deal(words)
        expect(requestText(request, status).replaceAll('\n', '')).not.toMatch(
          /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|\p{M}{5}/u,
        )
      }),
      { numRuns: 300 },
    )
  })

  test('two texts never look the same on one line', () => {
    const original = (shown: string): string =>
      shown.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    fc.assert(
      fc.property(word, text => {
        expect(original(oneLine(text))).toBe(text)
        expect(original(quoted(text).slice(1, -1))).toBe(text)
        expect(quoted(text).slice(1, -1)).not.toContain('"')
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the request', () => {
  test('reads like this', () => {
    const { request, status } = fullRequest(() => 'x')
    const { preview: _, window: __, ...parts } = request
    expect(
      requestText(
        {
          ...parts,
          kind: 'single',
          id: '01JH',
          statement: 'update accounts\nset balance = $1 where id = $2',
          bindings: ['50', ' 7'],
        },
        { now: NOW, state: 'pending', version: 1, answers: status.answers ?? [] },
      ),
    ).toMatchInlineSnapshot(`
"Approval request 01JH
  State: pending
  Version: 1
  Approvals: 1 of 2
  Decide before: 2030-01-01T00:15:00.000Z (in 14 minutes)
  Asked by agent x
    vouched for by x
    called x
    e-mail x
  On behalf of service x
    vouched for by x
  On behalf of human x
    vouched for by x
    e-mail x
  Claimed agent: x
  Claimed reason (not verified): x
  Claimed need (not verified): x
  Database: x
  Environment: x
  Protected data: x
  Rows: at most 3
The statement:
  1 | update accounts
  2 | set balance = $1 where id = $2
Bound values:
  1: "50"
  2: " 7"
What it does:
  - x
  - x
Answers so far:
  approved by x
    vouched for by x
    e-mail x
    reason: x
    ticket: x
The rule and its terms:
  Rule: x
  Its reason: x
  Must approve: 2 different people
  May approve: role or group x
  Must have signed in with: x
  Reason: required
  Ticket: required
Where it comes from:
  Asked at: 2030-01-01T00:00:00.000Z (60 seconds ago)
  Session: x
  Claimed framework: x
  Claimed version: x
  Claimed tool call: x
"
`)
  })

  test('shows what a write would change, each value with its ends', () => {
    const { request } = fullRequest(() => 'x')
    const text = requestText({
      ...request,
      preview: {
        rows: 1,
        columns: ['id', 'note" -> "'],
        samples: [{ before: ['7', 'a" -> "b'], after: ['7'] }],
      },
    })
    expect(text).toContain('What it would change, read beforehand: 1 row\n')
    expect(text).toContain('    "id": "7" -> "7"\n')
    expect(text).toContain('    "note\\u{22} -> \\u{22}": "a\\u{22} -> \\u{22}b" -> nothing\n')
  })

  test('says of a window and of break-glass what they are', () => {
    const { request, status } = fullRequest(() => 'x')
    const window = requestText({ ...request, kind: 'window' }, status)
    expect(window).toContain('  WINDOW: ')
    expect(window).toContain('  For 30 minutes from the approval\n  500 rows, returned or written\n')
    expect(window).toContain('Statements of these forms, with any values:\n  1 | x\n  2 | x\n')
    const glass = requestText(request, { ...status, review: null })
    expect(glass).toContain('  BREAK-GLASS: emergency access that the person below gave to themselves.')
    expect(glass).toContain('  Must be reviewed before: 2030-01-02T00:00:00.000Z (in 23 hours)\n')
    expect(glass).toContain('  Reviewed: not yet\n')
    expect(glass).toContain('  May review: role or group x\n')
    expect(glass).not.toMatch(/Decide before|Must approve|Approvals: /)
  })

  test('counts approvals, not answers', () => {
    const { request } = fullRequest(() => 'x')
    const approver = { subject: 'b', issuer: 'i' }
    const answers = [
      { decision: 'approved', approver },
      { decision: 'denied', approver },
    ] as const
    expect(requestText({ ...request, kind: 'single' }, { answers })).toContain('  Approvals: 1 of 2\n')
  })
})

describe('a second look is asked for', () => {
  const warned = (statement: string): string[] =>
    requestText({ ...fullRequest(() => 'x').request, statement })
      .split('\n')
      .filter(line => line.startsWith('  ! '))

  test.each([
    ['hidden characters', 'select\u200b 1 \u202e', /Holds 2 characters that would not show/],
    ['right-to-left letters', "select 'א', 100, 'ב'", /right to left/],
    ['alphabets mixed in one word', 'select * from p\u0430yments', /mix alphabets/],
  ])('for %s', (_what, statement, sentence) => {
    expect(warned(statement)).toEqual([expect.stringMatching(sentence)])
  })

  test.each(['select 1', "select 'größe', 'Ελλάδα', '日本', 'привет'", 'select e\u0301', "select '\\u{41}'"])(
    'and not for %s',
    statement => {
      expect(warned(statement)).toEqual([])
    },
  )
})

describe('plain text', () => {
  test('keeps ordinary text of any script', () => {
    const text = 'SELECT "größe" FROM t WHERE s = \'日本 Ελλάδα 😀 e\u0301\' -- ok'
    expect(oneLine(text)).toBe(text)
  })

  test('marks stay on a letter of their own, and few', () => {
    expect(oneLine('\u0301a')).toBe('\\u{301}a')
    expect(oneLine(`a${'\u0301'.repeat(6)}`)).toBe(`a${'\u0301'.repeat(4)}\\u{301}\\u{301}`)
  })

  test('numbers lines so that hidden length shows', () => {
    expect(numberedLines(`a${'\n'.repeat(9)}b`).at(-1)).toBe('  10 | b')
    expect(numberedLines('a\r\nb')).toEqual(['  1 | a', '  2 | b'])
  })

  test('is cut behind spaces where there are some, and never within a letter', () => {
    expect(pieces('select a from b', 10)).toEqual(['select a ', 'from b'])
    expect(pieces('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
    expect(pieces('日本日本', 4)).toEqual(['日本', '日本'])
    expect(pieces('ae\u0301', 2)).toEqual(['a', 'e\u0301'])
  })

  test('takes no longer than its length asks for: who writes a statement must not hold up who reads it', () => {
    const text = 'ä本e\u0301, '.repeat(50_000)
    expect(pieces(text, 80).join('')).toBe(text)
  })

  test('times are told in round words, never more than there is', () => {
    expect([999, 1_000, 119_000, 120_000, 7_199_000, 7_200_000, 172_800_000].map(duration)).toEqual([
      '0 seconds',
      '1 second',
      '119 seconds',
      '2 minutes',
      '119 minutes',
      '2 hours',
      '2 days',
    ])
    expect([fromNow(5_000, 0), fromNow(0, 5_000)]).toEqual(['in 5 seconds', '5 seconds ago'])
  })
})
