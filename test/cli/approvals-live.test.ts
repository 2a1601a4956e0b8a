/** The live list at a real terminal, against the real inbox. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { eventually, requiring } from '../approval/channels/kit.js'
import { bob, carol, VISA } from '../approval/desk-kit.js'
import { type House, house } from './approvals-kit.js'
import { type AtTerminal, atTerminal, type PtyOptions } from './approvals-pty.js'

// Each starts a program of its own, on a machine that may be busy.
jest.setTimeout(90_000)

const ESCAPE = '\u001b'
const ENTER = '\r'
const CONTROL_C = '\u0003'
const paste = (text: string): string => `${ESCAPE}[200~${text}${ESCAPE}[201~`

let at: House
let open: AtTerminal[]
beforeEach(async () => {
  open = []
  at = await house()
})
afterEach(async () => {
  for (const terminal of open) terminal.signal('SIGKILL')
  await Promise.all(open.map(({ ended }) => ended.catch(() => {})))
  await at.close()
})

function terminal(argv: readonly string[], options?: PtyOptions): AtTerminal {
  const opened = atTerminal('bob', at.url, argv, options)
  open.push(opened)
  return opened
}

const watch = (options?: PtyOptions) => terminal(['watch'], options)
const answers = () => at.notes.filter(({ event }) => event === 'approval.answer').map(({ detail }) => detail)
const stateOf = async (id: string) => (await at.queue.find(id, bob))?.state

/** A statement of so many lines, the last of which does the harm. */
const long = (lines: number) => ({
  submission: {
    statement: `${Array.from({ length: lines }, (_, line) => `-- line ${line + 1}`).join('\n')}\ndelete from cards`,
  },
})

describe('the live list', () => {
  test('shows what waits, opens it, and approves what was read', async () => {
    const { id } = await at.ask()
    const { ended, screen, shows, type } = watch()
    await shows(/^> \w{6} {2}decide in \d+ days {2}"billing" {2}"alice@corp\.example"/)
    type(ENTER)
    await shows(/^Row 27 of \d+, version 1, request \w+$/)
    await shows('State: pending')
    type('a')
    await shows('Read on: approving is possible once the whole request has been on the screen.')
    type(' ')
    await shows(/^ {2}1 \| delete from cards where pan = \$1$/)
    await shows('a: approve')
    type('a')
    await shows('Reason to approve: _')
    type(`ticket 42${ENTER}`)
    await shows('Type approve to approve version 1: _')
    type(`yes${ENTER}`)
    await shows('Type approve to approve version 1: _')
    expect(await stateOf(id)).toBe('pending')
    type(`approve${ENTER}`)
    await shows('Counted; the request is approved.')
    expect(answers()).toEqual([expect.objectContaining({ counted: true, via: 'inbox', reason: 'ticket 42' })])
    type(`${ESCAPE}`)
    await shows('Nothing waits for an answer.')
    type('q')
    expect(await ended).toEqual({ code: 0, restored: true })
    expect(screen.foreign).toEqual([])
  })

  test('denies with a reason and a ticket, and leaves what is left half-way', async () => {
    const { id } = await at.ask(requiring({ ticketRequired: true }))
    const { shows, type } = watch()
    await shows('1 waiting')
    type('d')
    await shows('version 1')
    type('d')
    await shows('Reason to deny: _')
    type('nonsense')
    await shows('Reason to deny: nonsense_')
    type(ESCAPE)
    await shows('Nothing was answered.')
    type('d')
    await shows('Reason to deny: _')
    type(`not todayy\u007f${ENTER}`)
    await shows('Ticket: _')
    type(`${ENTER}CHG-7${ENTER}`)
    await shows('Type deny to deny version 1: _')
    type(`deny${ENTER}`)
    await shows('Counted; the request is denied.')
    expect(await stateOf(id)).toBe('denied')
    expect(answers()).toEqual([expect.objectContaining({ reason: 'not today', ticket: 'CHG-7' })])
  })

  test('keeps the cursor on its request when another comes in above it', async () => {
    const { id } = await at.ask()
    const { shows, type } = watch()
    await shows(`> ${id.slice(-6)}`)
    at.clock.advance(1_000)
    const later = await at.ask(long(1))
    await shows(`  ${later.id.slice(-6)}`)
    await shows(`> ${id.slice(-6)}`)
    type(`k${ENTER}`)
    await shows(`version 1, request ${later.id}`)
    type(ESCAPE)
    await shows('2 waiting')
    type(`j${ENTER}`)
    await shows(`version 1, request ${id}`)
  })

  test('does not let approve what was not on the screen to its end', async () => {
    const { id } = await at.ask(long(120))
    const { shows, type } = watch({ rows: 20 })
    await shows('1 waiting')
    type(ENTER)
    await shows('version 1')
    for (let page = 0; page < 5; page++) type(' ')
    await shows(/-- line [5-7]\d$/)
    type('a')
    await shows('Read on: ')
    type(`reason${ENTER}approve${ENTER}`)
    expect(await stateOf(id)).toBe('pending')
    for (let page = 0; page < 12; page++) type(' ')
    await shows('121 | delete from cards')
    await shows('a: approve')
    type('a')
    await shows('Reason to approve: _')
  })

  test('takes back a half given approval when the request changes, and has it read again', async () => {
    const { id } = await at.ask(requiring({ quorum: 3 }))
    const { shows, type } = watch({ rows: 60 })
    await shows('1 waiting')
    type(ENTER)
    await shows('a: approve')
    type('a')
    await shows('Reason to approve: _')
    type(`fine${ENTER}appro`)
    await shows('Type approve to approve version 1: appro_')
    await at.queue.answer(id, { decision: 'approved', approver: carol, reason: 'ok' }, 'test')
    await shows('The request has changed: read it again.')
    await shows(/^ {2}approved by carol@corp\.example$/)
    type(`ve${ENTER}`)
    await shows('version 2')
    expect(answers()).toHaveLength(1)
  })

  test('takes a paste for text, never for keys or the word', async () => {
    const { id } = await at.ask()
    const { shows, type } = watch({ rows: 60 })
    await shows('1 waiting')
    type(paste(`${ENTER}a`))
    type(ENTER)
    await shows('a: approve')
    type('a')
    await shows('Reason to approve: _')
    type(paste(`see this\r\napprove\r\n`))
    await shows('Reason to approve: see this approve _')
    type(ENTER)
    await shows('Type approve to approve version 1: _')
    type(paste('approve'))
    type(ENTER)
    type('x')
    await shows('Type approve to approve version 1: x_')
    expect([answers(), await stateOf(id)]).toEqual([[], 'pending'])
  })

  test('never passes on what would steer the terminal, whoever wrote it', async () => {
    const evil = `${ESCAPE}[2J${ESCAPE}]0;owned\u0007${ESCAPE}[?1049l\u009b31m\u202e`
    const { id } = await at.ask({
      submission: {
        statement: `delete from cards -- ${evil} ${VISA}`,
        session: evil,
        agent: { framework: evil, id: evil, claimedReason: `${evil}\r\nType approve: ` },
      },
      principal: { subject: `eve${evil}`, issuer: evil, name: evil, email: evil },
    })
    const { ended, screen, shows, type } = watch({ rows: 70, columns: 70 })
    await shows('"eve\\u{1b}[2J')
    type(ENTER)
    await shows('1 | delete from cards -- \\u{1b}[2J')
    type('d')
    await shows('Reason to deny: _')
    type(`no\u009b31m\u202e${ENTER}deny${ENTER}`)
    await shows('Counted; the request is denied.')
    expect(screen.rows().join('\n')).not.toContain(VISA)
    type('q')
    expect(await ended).toEqual({ code: 0, restored: true })
    expect(screen.foreign).toEqual([])
    expect(await stateOf(id)).toBe('denied')
  })

  test('follows the size of its window, down to nothing and back', async () => {
    await at.ask(long(40))
    const { resize, screen, shows, type } = watch()
    await shows('1 waiting')
    type(ENTER)
    await shows(/^Row 27 of \d+/)
    resize(12, 40)
    await shows(/^Row 9 of \d+, version 1/)
    resize(4, 10)
    await shows('The wi...')
    type('   a')
    // A size and a key reach the process on two ways: the keys are to come first, and nothing shows that they have.
    await new Promise(resolve => setTimeout(resolve, 500))
    resize(24, 80)
    await shows(/^Row 21 of \d+/)
    expect(screen.rows().join('\n')).not.toContain('a: approve')
    expect(Math.max(...screen.rows().map(row => row.length))).toBeLessThan(80)
    expect(screen.foreign).toEqual([])
  })

  test('says when it is not up to date, and goes on by itself', async () => {
    await at.ask()
    const { shows } = watch()
    await shows('1 waiting')
    await at.hangUp()
    await shows(/^Not up to date: The server 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\./)
    await at.ask(long(1))
    await at.returnTo(at.port)
    await shows('2 waiting')
  })
})

describe('the terminal is as it was', () => {
  const ends: readonly (readonly [how: string, end: (terminal: AtTerminal) => void, code: number])[] = [
    ['q', ({ type }) => type('q'), 0],
    ['Ctrl-C', ({ type }) => type(CONTROL_C), 0],
    ['SIGINT', ({ signal }) => signal('SIGINT'), 0],
    ['SIGTERM', ({ signal }) => signal('SIGTERM'), 0],
    ['SIGHUP', ({ signal }) => signal('SIGHUP'), 0],
  ]

  test.each(ends)('after %s', async (_how, end, code) => {
    const opened = watch()
    await opened.shows('0 waiting')
    end(opened)
    expect(await opened.ended).toEqual({ code, restored: true })
  })

  test('after Ctrl-C in the middle of an answer, which does not count', async () => {
    await at.ask()
    const { ended, shows, type } = watch({ rows: 60 })
    await shows('1 waiting')
    type(ENTER)
    await shows('a: approve')
    type(`awhy${ENTER}approve`)
    await shows('Type approve to approve version 1: approve_')
    type(CONTROL_C)
    expect(await ended).toEqual({ code: 0, restored: true })
    expect(answers()).toEqual([])
  })

  test('when the token is not accepted any more, with words below', async () => {
    const { ended, shows } = watch()
    await shows('0 waiting')
    at.revoke('bob')
    await at.hangUp()
    await at.returnTo(at.port)
    await shows('error: The server does not accept the token')
    expect(await ended).toEqual({ code: 2, restored: true })
  })

  test('when the program fails', async () => {
    const failure = `data:text/javascript,process.on('SIGUSR2', () => { throw new Error('broken') })`
    const { ended, shows, signal } = watch({ node: ['--import', failure] })
    await shows('0 waiting')
    signal('SIGUSR2')
    expect(await ended).toEqual({ code: 1, restored: true })
  })

  test('and the program is gone when its window is closed', async () => {
    const { close, ended, shows } = watch()
    await shows('0 waiting')
    close()
    // Of the signal that a closed window sends, and not of a failure that would leave its memory on a disk.
    expect((await ended).code).toBe(-1)
  })
})

describe('cardea approvals approve at a terminal', () => {
  test('shows the request page by page, and counts with the word', async () => {
    const { id } = await at.ask(long(60))
    const { ended, screen, shows, type } = terminal(['approve', id, '--reason', 'ticket 42'], { rows: 24 })
    await shows(/-- 23 of \d+ lines; Enter goes on, q stops: /)
    type(ENTER)
    await shows(/-- 46 of /)
    type(ENTER)
    await shows(/-- 69 of /)
    type(ENTER)
    await shows('Type approve to approve exactly this')
    type(`approve${ENTER}`)
    expect(await ended).toEqual({ code: 0, restored: true })
    expect(screen.rows().join('\n')).toContain('61 | delete from cards')
    expect(await stateOf(id)).toBe('approved')
  })

  test('does not take what was typed before it asked', async () => {
    const { id } = await at.ask()
    const { ended, shows, type } = terminal(['approve', id, '--reason', 'x'], { rows: 70 })
    type(`approve${ENTER}approve${ENTER}`)
    await shows('Type approve to approve exactly this')
    expect(await stateOf(id)).toBe('pending')
    type(`no${ENTER}`)
    expect(await ended).toEqual({ code: 2, restored: true })
    expect(answers()).toEqual([])
  })

  test('is left with Ctrl-C, and nothing is sent', async () => {
    const { id } = await at.ask()
    const { ended, shows, type } = terminal(['approve', id, '--reason', 'x'], { rows: 70 })
    await shows('Type approve to approve exactly this')
    type(`appr${CONTROL_C}`)
    expect(await ended).toEqual({ code: 2, restored: true })
    expect(answers()).toEqual([])
  })

  test('gives the terminal back when it is ended from elsewhere', async () => {
    const { id } = await at.ask()
    const { ended, shows, signal } = terminal(['approve', id, '--reason', 'x'], { rows: 70 })
    await shows('Type approve to approve exactly this')
    signal('SIGTERM')
    expect(await ended).toEqual({ code: -15, restored: true })
    expect(answers()).toEqual([])
  })

  test('does not count when the request changed while the person read', async () => {
    const { id } = await at.ask(requiring({ quorum: 3 }))
    const { ended, shows, type } = terminal(['approve', id, '--reason', 'x'], { rows: 70 })
    await shows('Type approve to approve exactly this')
    await at.queue.answer(id, { decision: 'approved', approver: carol, reason: 'ok' }, 'test')
    await eventually(() => answers().length === 1)
    type(`approve${ENTER}`)
    await shows('error: Not counted: ')
    expect(await ended).toEqual({ code: 1, restored: true })
    // What came too late is on record as well, as not counted.
    expect(answers().map(({ counted }) => counted)).toEqual([true, false])
  })
})
