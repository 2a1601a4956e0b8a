import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { numberedLines, oneLine } from '../../src/approval/providers/plain-text.js'
import { terminalApproval } from '../../src/approval/providers/terminal.js'
import { ConfigurationError } from '../../src/errors.js'
import { bob } from './desk-kit.js'
import { approvalRequest } from './request-kit.js'

const open: AbortController[] = []
afterEach(() => {
  for (const controller of open.splice(0)) controller.abort()
})

function terminal(isInteractive = true) {
  const input = new PassThrough()
  const output = new PassThrough()
  let screen = ''
  output.on('data', (chunk: Buffer) => {
    screen += chunk.toString('utf8')
  })
  const provider = terminalApproval({ input, output, approver: bob, isInteractive })
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
  test('shows who asks for whom, the whole statement and what it touches', async () => {
    const { ask, shows, screen } = terminal()
    ask('r1')
    await shows('Type approve or deny: ')
    expect(screen()).toBe(
      [
        '',
        'Approval r1',
        '  Asked by: agent bot (agents) for human alice@corp.example (https://idp.corp.example)',
        '  Through agent: autogen billing-bot (claimed)',
        '  Tool call: call-7 (claimed)',
        '  Claimed reason: the customer asked (not verified)',
        '  Session: session-1',
        '  Database: billing (production)',
        '  Rule: writes-need-approval: Writes need an approval.',
        '  Protected data: pan',
        '  Rows: at most 1',
        '  Approvals: 0 of 1',
        '  Decide before: 2030-01-01T00:15:00.000Z',
        'The statement:',
        '  1 | delete from cards',
        '  2 | where id = $1',
        'Bound values:',
        '  1: 7',
        'What it does:',
        '  - Deletes from public.cards: rows picked by a unique key, at most 1 row.',
        'Type approve or deny: ',
      ].join('\n'),
    )
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

  test('for one request is not taken for the next', async () => {
    const { ask, type, shows, screen } = terminal()
    const [first, second] = [ask('r1'), ask('r2')]
    await shows('Approval r1')
    type('approve\nbecause\napprove\nbecause\n')
    expect((await first.answered).decision).toBe('approved')
    await shows('Approval r2')
    expect(screen().indexOf('Approval r2')).toBeGreaterThan(screen().indexOf('Reason: '))
    type('deny\nno\n')
    expect(await second.answered).toEqual({ decision: 'denied', approver: bob, reason: 'no' })
  })
})

describe('no answer', () => {
  test('a terminal without a person rejects at once and shows nothing', async () => {
    const { ask, screen } = terminal(false)
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
    await shows('Approval r1')
    first.abort()
    await expect(first.answered).rejects.toThrow('over')
    await shows('Approval r1 is not open any more.')
    await shows('Approval r2')
    type('approve\nfine\n')
    expect((await second.answered).decision).toBe('approved')
  })

  test('a queued request that is aborted is never shown', async () => {
    const { ask, type, shows, screen } = terminal()
    const [first, second, third] = [ask('r1'), ask('r2'), ask('r3')]
    await shows('Approval r1')
    second.abort()
    await expect(second.answered).rejects.toThrow('over')
    type('deny\nno\n')
    await first.answered
    await shows('Approval r3')
    type('deny\nno\n')
    await third.answered
    expect(screen()).not.toContain('Approval r2')
  })

  test('closing rejects what is shown, what is queued and what comes later', async () => {
    const { ask, provider, shows } = terminal()
    const [first, second] = [ask('r1'), ask('r2')]
    await shows('Approval r1')
    await provider.close?.()
    for (const { answered } of [first, second, ask('r3')]) await expect(answered).rejects.toThrow()
  })

  test('an approver without a name is a configuration error', () => {
    expect(() => terminalApproval({ approver: { subject: ' ', issuer: 'x' } })).toThrow(ConfigurationError)
  })
})

describe('plain text', () => {
  test('keeps ordinary text of any script', () => {
    const text = 'SELECT "größe" FROM t WHERE s = \'日本 Ελλάδα 😀 e\u0301\' -- ok'
    expect(oneLine(text)).toBe(text)
  })

  test('numbers lines so that hidden length shows', () => {
    expect(numberedLines(`a${'\n'.repeat(9)}b`).at(-1)).toBe('  10 | b')
    expect(numberedLines('a\r\nb')).toEqual(['  1 | a', '  2 | b'])
  })

  test('property: no code point that a terminal acts on or does not draw survives', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(oneLine(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u)
      }),
      { numRuns: 1_000 },
    )
  })
})
