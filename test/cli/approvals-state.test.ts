/** The live list as values: what keys, changes and sizes do to it. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ApprovalView } from '../../src/approval/approval-queue.js'
import { rowsOf } from '../../src/approval/providers/request-text.js'
import { drawn, heightOf } from '../../src/cli/approvals/live-rows.js'
import {
  type Live,
  NOTHING_YET,
  pressed,
  withAnswered,
  withView,
} from '../../src/cli/approvals/live-state.js'
import { pageOf, UNREAD } from '../../src/cli/approvals/reading.js'
import type { Key } from '../../src/cli/approvals/screen.js'
import { viewLines } from '../../src/cli/approvals/text.js'
import { approvalRequest } from '../approval/request-kit.js'

const NOW = Date.UTC(2030, 0, 1)

function view(id: string, parts: Partial<ApprovalView> = {}): ApprovalView {
  const request = approvalRequest(id, {
    statement: Array.from({ length: 30 }, (_, at) => `-- ${at} ${'x'.repeat((at * 37) % 200)}`).join('\n'),
  })
  return {
    id,
    state: 'pending',
    version: 1,
    request,
    answers: [],
    createdAt: NOW,
    decideBy: request.decideBy,
    useBy: null,
    why: null,
    reviewBy: null,
    review: null,
    objection: null,
    ...parts,
  }
}

const key = (name: string): Key => ({ name, text: name === 'space' ? ' ' : name, ctrl: false, pasted: false })
const size = { rows: 24, columns: 80 }
const press = (live: Live, ...names: string[]): Live =>
  names.reduce((before, name) => drawn(pressed(before, key(name), 21).live, size, NOW).live, live)
const withOpen = (): Live => press(withView(NOTHING_YET, view('r1')), 'return')
const read = (live: Live): Live => press(live, ...Array<string>(10).fill('space'))

describe('reading', () => {
  const keys = fc.constantFrom('j', 'k', 'space', 'pageup', 'pagedown', 'up', 'down')
  const step = fc.oneof(
    { weight: 6, arbitrary: keys },
    { weight: 1, arbitrary: fc.record({ rows: fc.nat(40), columns: fc.nat(120) }) },
  )

  test('property: what counts as read was on the screen, every row of it, whatever keys and sizes', () => {
    let whole = 0
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), steps => {
        let live = pressed(withView(NOTHING_YET, view('r1')), key('return'), 21).live
        let now: { rows: number; columns: number } = size
        const shown = new Map<number, Set<string>>()
        for (const each of ['j', ...steps]) {
          if (typeof each === 'string') live = pressed(live, key(each), heightOf(now)).live
          else now = each
          const picture = drawn(live, now, NOW)
          live = picture.live
          const rows = shown.get(now.columns) ?? new Set()
          shown.set(now.columns, rows)
          for (const row of picture.rows.slice(1, -2)) rows.add(row)
        }
        if (live.open?.readWhole !== true) return
        whole += 1
        const unseen = viewLines(view('r1'), NOW).filter(
          line =>
            ![...shown].some(([columns, rows]) => rowsOf(line, columns - 1).every(row => rows.has(row))),
        )
        expect(unseen).toEqual([])
      }),
      { numRuns: 1_000 },
    )
    // Otherwise nothing was tested.
    expect(whole).toBeGreaterThan(10)
  })

  test('does not count what was jumped over, as keys do while the window is too small to show anything', () => {
    const tiny = { rows: 3, columns: 80 }
    let live = withOpen()
    for (let times = 0; times < 3; times++) live = drawn(pressed(live, key('space'), 21).live, tiny, NOW).live
    for (let times = 0; times < 10; times++) live = press(live, 'space')
    expect(press(live, 'a').notice).toMatch(/^Read on/)
  })

  test('starts a line again whose rows were cut to another width', () => {
    const lines = [{ frame: '', text: 'x'.repeat(100) }]
    const narrow = pageOf(lines, UNREAD, 20, 4).reading
    expect(narrow).toMatchObject({ read: 0, partly: 4 })
    const wide = pageOf(lines, narrow, 60, 1)
    expect(wide).toMatchObject({ total: 2, last: 1, reading: { read: 0, partly: 1 } })
  })

  test('ends with the last row, and only then can be approved', () => {
    const half = press(withOpen(), 'space')
    expect(press(half, 'a').notice).toMatch(/^Read on/)
    expect(press(half, 'd').open?.dialog).not.toBeNull()
    expect(press(read(half), 'a').open?.dialog).not.toBeNull()
  })

  test('begins anew when the request has changed', () => {
    const changed = withView(read(withOpen()), view('r1', { version: 2 }))
    expect(changed.notice).toMatch(/read it again/)
    expect(press(changed, 'a').notice).toMatch(/^Read on/)
  })
})

describe('a change', () => {
  test('takes a half given approval back, and leaves a denial', () => {
    const approving = press(read(withOpen()), 'a', 'x')
    const denying = press(withOpen(), 'd', 'x')
    expect(withView(approving, view('r1', { version: 2 })).open?.dialog).toBeNull()
    expect(withView(denying, view('r1', { version: 2 })).open?.dialog?.typed).toBe('x')
    expect(withView(denying, view('r1', { version: 2, state: 'expired' })).open?.dialog).toBeNull()
  })

  test('that ends a request takes it off the list, and moves the cursor to a neighbour', () => {
    const three = ['r1', 'r2', 'r3'].reduce(
      (live, id, at) => withView(live, view(id, { createdAt: NOW + at })),
      NOTHING_YET,
    )
    expect(three.views.map(({ id }) => id)).toEqual(['r3', 'r2', 'r1'])
    const at2 = { ...three, selected: 'r2' }
    expect(withView(at2, view('r2', { version: 2, state: 'denied' }))).toMatchObject({ selected: 'r1' })
    expect(withView(at2, view('r3', { version: 2, state: 'denied' }))).toMatchObject({ selected: 'r2' })
    const none = ['r1', 'r2', 'r3'].reduce(
      (live, id) => withView(live, view(id, { version: 2, state: 'denied' })),
      three,
    )
    expect([none.views, none.selected]).toEqual([[], null])
  })

  test.each([
    ['is over', { state: 'expired' }, 'The request is expired.'],
    ['is not theirs to answer', { objection: 'You asked yourself.' }, 'Your answer would not count'],
  ] as const)('a request that %s is not answered', (_what, parts, words) => {
    const live = read(press(withView(NOTHING_YET, view('r1')), 'return'))
    const changed = read(withView(live, view('r1', { version: 2, ...parts })))
    for (const name of ['a', 'd']) {
      expect(press(changed, name).open?.dialog).toBeNull()
      expect(press(changed, name).notice).toContain(words)
    }
  })
})

describe('emergency access', () => {
  test('is said aloud, whatever the person is doing, and is not on the list', () => {
    const request = approvalRequest('r9', { kind: 'break-glass' })
    const live = withView(withOpen(), view('r9', { request, state: 'approved' }))
    expect(live.notice).toBe('BREAK-GLASS by bot: cardea approvals show r9')
    expect([live.views.length, live.open?.view.id]).toEqual([1, 'r1'])
  })
})

describe('an answer', () => {
  const typed = (live: Live, text: string): Live => press(live, ...text, 'return')

  test('has the version that was read, and is one at a time', () => {
    const ready = press(typed(press(read(withOpen()), 'a'), 'fine'), ...'approve')
    const { action, live } = pressed(ready, key('return'), 21)
    expect(action).toEqual({
      kind: 'answer',
      id: 'r1',
      body: { decision: 'approved', version: 1, reason: 'fine' },
    })
    expect(press(live, 'a').notice).toBe('An answer is on its way.')
  })

  test.each([
    [{ counted: true, state: 'pending', approvals: 1, quorum: 2 }, 'Counted: 1 of 2 approvals.'],
    [{ counted: true, state: 'approved', approvals: 2, quorum: 2 }, 'Counted; the request is approved.'],
    [{ counted: false, why: 'Too late.', state: 'expired' }, 'Not counted: Too late.'],
    [new Error('no answer'), 'Whether it counts is not known: no answer'],
  ] as const)('is followed by what became of it: %p', (outcome, words) => {
    expect(withAnswered(withOpen(), 'r1', outcome).notice).toBe(words)
  })
})
