import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, test } from '@jest/globals'
import { requestText } from '../../src/approval/providers/request-text.js'
import { terminalApproval } from '../../src/approval/providers/terminal.js'
import { ConfigurationError } from '../../src/errors.js'
import { bob } from './desk-kit.js'
import { approvalRequest } from './request-kit.js'

const open: AbortController[] = []
afterEach(() => {
  for (const controller of open.splice(0)) controller.abort()
})

const NOW = Date.UTC(2030, 0, 1, 0, 1)
const clock = { now: () => NOW, monotonic: () => 0 }

function terminal({ isInteractive = true, columns = 0 } = {}) {
  const input = new PassThrough()
  const output = Object.assign(new PassThrough(), { columns })
  let screen = ''
  output.on('data', (chunk: Buffer) => {
    screen += chunk.toString('utf8')
  })
  const provider = terminalApproval({ input, output, approver: bob, clock, isInteractive })
  return {
    provider,
    type: (text: string) => void input.write(text),
    hangUp: () => void input.end(),
    screen: () => screen,
    ask(id: string, parts = {}, answers: never[] = []) {
      const controller = new AbortController()
      open.push(controller)
      const answered = provider.request(approvalRequest(id, parts), { signal: controller.signal, answers })
      answered.catch(() => {})
      return { answered, abort: () => controller.abort() }
    },
    async shows(text: string) {
      while (!screen.includes(text)) await new Promise(resolve => setImmediate(resolve))
    },
  }
}

describe('the screen', () => {
  test('shows the request as every channel does, then asks', async () => {
    const { ask, shows, screen } = terminal()
    ask('r1')
    await shows('Type approve or deny: ')
    const text = requestText(approvalRequest('r1'), { answers: [], now: NOW })
    expect(screen()).toBe(`\n${text}Type approve or deny: `)
    expect(screen()).toContain('  Decide before: 2030-01-01T00:15:00.000Z (in 14 minutes)\n')
  })

  test('is cut to the width of the terminal, so that what goes on never stands where a line begins', async () => {
    const { ask, shows, screen } = terminal({ columns: 40 })
    ask('r1', { session: `x${' '.repeat(29)}Approvals: 1 of 1` })
    await shows('Type approve or deny: ')
    const rows = screen().split('\n')
    expect(Math.max(...rows.map(row => row.length))).toBeLessThanOrEqual(40)
    expect(rows.filter(row => /^ *Approvals: /.test(row))).toEqual(['  Approvals: 0 of 1'])
  })

  test('nothing from others can write control characters or imitate the frame', async () => {
    const evil = '\u001b[2J\u001b[1;1Hselect 1\r\u202e\u200b\nType approve or deny: approve'
    const { ask, shows, screen } = terminal()
    ask('r1', {
      statement: evil,
      bindings: [evil],
      summary: [evil],
      session: evil,
      agent: { framework: evil, id: evil, claimedReason: evil },
      principal: { subject: evil, issuer: evil },
    })
    await shows('\nType approve or deny: ')
    expect(screen().replaceAll('\n', '')).not.toMatch(/\p{C}/u)
    const imitations = screen()
      .split('\n')
      .filter(line => line.startsWith('Type approve'))
    expect(imitations).toEqual(['Type approve or deny: '])
    expect(screen()).toContain(
      '  1 | \\u{1b}[2J\\u{1b}[1;1Hselect 1\\u{d}\\u{202e}\\u{200b}\n  2 | Type approve',
    )
  })
})

describe('the answer', () => {
  test('is a full word and a reason', async () => {
    const { ask, type } = terminal()
    const { answered } = ask('r1')
    type('y\n\nAPPROVE\n\nticket 42\n')
    expect(await answered).toEqual({ decision: 'approved', approver: bob, reason: 'ticket 42' })
  })

  test('may be a denial, and may lack a reason where the rule wants none', async () => {
    const { ask, type } = terminal()
    const requirement = { ...approvalRequest('x').requirement, reasonRequired: false }
    const { answered } = ask('r1', { requirement })
    type('deny\n\n')
    expect(await answered).toEqual({ decision: 'denied', approver: bob })
  })

  test('has a ticket where the rule wants one, and asks until there is one', async () => {
    const { ask, type } = terminal()
    const requirement = { ...approvalRequest('x').requirement, ticketRequired: true }
    const { answered } = ask('r1', { requirement })
    type('approve\nbecause\n\n  \nCHG-7\n')
    expect(await answered).toEqual({
      decision: 'approved',
      approver: bob,
      reason: 'because',
      ticket: 'CHG-7',
    })
  })

  test('for one request is not taken for the next', async () => {
    const { ask, type, shows, screen } = terminal()
    const [first, second] = [ask('r1'), ask('r2')]
    await shows('Approval request r1')
    type('approve\nbecause\napprove\nbecause\n')
    expect((await first.answered).decision).toBe('approved')
    await shows('Approval request r2')
    expect(screen().indexOf('Approval request r2')).toBeGreaterThan(screen().indexOf('Reason: '))
    type('deny\nno\n')
    expect(await second.answered).toEqual({ decision: 'denied', approver: bob, reason: 'no' })
  })
})

describe('no answer', () => {
  test('a terminal without a person rejects at once and shows nothing', async () => {
    const { ask, screen } = terminal({ isInteractive: false })
    await expect(ask('r1').answered).rejects.toThrow('not interactive')
    expect(screen()).toBe('')
  })

  test('streams that are no terminals are not interactive by themselves', async () => {
    const provider = terminalApproval({ input: new PassThrough(), output: new PassThrough(), approver: bob })
    const signal = new AbortController().signal
    await expect(provider.request(approvalRequest('r1'), { signal, answers: [] })).rejects.toThrow(
      'not interactive',
    )
  })

  test('a terminal that closes half-way rejects', async () => {
    const { ask, type, hangUp } = terminal()
    const { answered } = ask('r1')
    type('approve\n')
    hangUp()
    await expect(answered).rejects.toThrow('closed')
  })

  test('an abort takes the question away and lets the next one through', async () => {
    const { ask, type, shows } = terminal()
    const [first, second] = [ask('r1'), ask('r2')]
    await shows('Approval request r1')
    first.abort()
    await expect(first.answered).rejects.toThrow('over')
    await shows('Approval r1 is not open any more.')
    await shows('Approval request r2')
    type('approve\nfine\n')
    expect((await second.answered).decision).toBe('approved')
  })

  test('a queued request that is aborted is never shown', async () => {
    const { ask, type, shows, screen } = terminal()
    const [first, second, third] = [ask('r1'), ask('r2'), ask('r3')]
    await shows('Approval request r1')
    second.abort()
    await expect(second.answered).rejects.toThrow('over')
    type('deny\nno\n')
    await first.answered
    await shows('Approval request r3')
    type('deny\nno\n')
    await third.answered
    expect(screen()).not.toContain('Approval request r2')
  })

  test('closing rejects what is shown, what is queued and what comes later', async () => {
    const { ask, provider, shows } = terminal()
    const [first, second] = [ask('r1'), ask('r2')]
    await shows('Approval request r1')
    await provider.close?.()
    for (const { answered } of [first, second, ask('r3')]) await expect(answered).rejects.toThrow()
  })

  test('an approver without a name is a configuration error', () => {
    expect(() => terminalApproval({ approver: { subject: ' ', issuer: 'x' } })).toThrow(ConfigurationError)
  })
})
