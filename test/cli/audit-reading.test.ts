/** `cardea audit search | show | replay | stats | index | prune | tail`, over the trails of two workers. */
import { execFile } from 'node:child_process'
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { fileTrail } from '../../src/audit/file-trail.js'
import { run } from '../../src/cli/run.js'
import { systemClock } from '../../src/util/clock.js'
import { event, intent, outcome, statement, TrailOfRecords, at as time } from '../audit/reading/kit.js'
import { cardea, inDirectory } from './support.js'

const who = (subject: string) => ({ subject, issuer: 'https://id.corp.example', kind: 'human' as const })
const decided = (id: string, effect: 'allow' | 'deny' | 'require_approval', rule: string) => ({
  id,
  effect,
  rule,
  reason: 'Because.',
  policyHash: 'c0ffee',
})
const approval = {
  grant: 'G-1',
  kind: 'single' as const,
  request: 'R-1',
  approvers: [who('carol@corp.example')],
  reasons: ['ticket 4711'],
  grantedAt: time(2),
  expiresAt: time(9),
}
const cards = statement({
  statement: 'select id, pan\n  from cards\n where id = $1',
  labels: ['pan'],
  objects: [{ name: 'public.cards', access: 'read' }],
  decision: decided('D-2', 'require_approval', 'pci/pan-output'),
  approval,
})
/** A name, a statement and a cell that try to look like something else, or like nothing. */
const EVIL = 'eve\u202e\u3164\u001b[2J'
const SPOOF = `x\n2026-01-01T00:00:00.000Z  S-0  root`

/** What the two workers wrote. */
function written(dir: string): { readonly first: TrailOfRecords; readonly second: TrailOfRecords } {
  const first = new TrailOfRecords(`${dir}/worker-1`).append(
    outcome(
      'S-1',
      time(0),
      {
        rows: 3,
        columns: ['id', '文字'],
        payload: [
          [1, '左右'],
          [2, SPOOF],
          [3, null],
        ],
      },
      statement({ decision: decided('D-1', 'allow', 'reads') }),
    ),
    event('E-1', time(1), { request: 'R-1', decision: 'D-2' }, 'approval.request'),
    event('E-2', time(2), { request: 'R-1', decision: 'approved', reason: 'ticket 4711' }, 'approval.answer'),
    event('E-3', time(3), { request: 'R-1', grant: 'G-1', decision: 'D-2' }, 'approval.consume'),
    intent('S-2', time(3), cards),
    outcome('S-2', time(3.01), {
      columns: ['id', 'pan'],
      payload: [[7, '411111******1111']],
      masked: { pan: 1 },
    }),
    event('E-9', time(3.5), { request: 'R-1', grant: 'G-1', decision: 'D-77' }, 'approval.consume'),
    outcome(
      'S-4',
      time(5),
      { status: 'refused', durationMs: 0 },
      statement({
        principal: who(EVIL),
        session: 'other',
        statement: SPOOF,
        decision: decided('D-4', 'deny', 'no-ddl'),
      }),
    ),
  )
  const second = new TrailOfRecords(`${dir}/worker-2`).append(
    outcome('S-3', time(4), { status: 'failed', durationMs: 40 }, statement({ principal: who('山田太郎') })),
    event('E-5', time(6), { session: 'conversation-17', decisions: ['D-2'] }, 'transaction.undone'),
  )
  return { first, second }
}

const lines = (out: string) => out.split('\n').slice(0, -1)
const ids = (out: string) =>
  lines(out)
    .map(line => JSON.parse(line))
    .map(found => found.id ?? found.record.id)

describe('cardea audit search', () => {
  test('goes over all workers by time, in either order, with and without an index', () =>
    inDirectory(async at => {
      written(at('t'))
      const forward = ['S-1', 'E-1', 'E-2', 'E-3', 'S-2', 'E-9', 'S-3', 'S-4', 'E-5']
      for (const index of [[], ['--index', at('index')]]) {
        const search = async (...more: string[]) =>
          ids((await cardea('audit', 'search', at('t'), '--json', ...more, ...index)).out)
        expect(await search()).toEqual(forward)
        expect(await search('--reverse', '--limit', '3')).toEqual(['E-5', 'S-4', 'S-3'])
        expect(await search('--limit', '2')).toEqual(['S-1', 'E-1'])
        expect(await search('--limit', '0')).toEqual([])
        expect(await search('--session', 'CONVERSATION-17')).toEqual(['S-1', 'S-2', 'S-3', 'E-5'])
        expect(await search('--principal', '山田太郎', '--status', 'failed')).toEqual(['S-3'])
        expect(await search('--data-source', 'billing', '--object', 'cards', '--label', 'pan')).toEqual([
          'S-2',
        ])
      }
    }))

  test('prints one line each whatever is in it, aligned by what is seen', () =>
    inDirectory(async at => {
      written(at('t'))
      const { out, err } = await cardea('audit', 'search', at('t'))
      expect(lines(out)).toHaveLength(9)
      expect(lines(err)).toEqual([expect.stringMatching(/^trail {5}time +id +who +decision/), '9 found'])
      expect(out).toContain('"eve\\u{202e}\\u{3164}\\u001b[2J" via billing-bot')
      expect(out).not.toMatch(/[^\P{Cc}\n]|[\u202e\u3164]/u)
      // A character of two columns counts as two: what follows stands in the same column.
      const [plain = ''] = lines(out).filter(line => line.includes('S-1'))
      const [wide = ''] = lines(out).filter(line => line.includes('S-3'))
      expect(wide.indexOf('allow') + '山田太郎'.length).toBe(plain.indexOf('allow'))
    }))

  test('says in a sentence what cannot be done: 3', () =>
    inDirectory(async at => {
      written(at('t'))
      writeFileSync(at('file'), 'no trail')
      writeFileSync(at('t/worker-1/notes.txt'), 'nothing of the trail’s')
      const refused = async (...argv: string[]) => {
        const { code, out, err } = await cardea('audit', ...argv)
        expect([argv, code, out]).toEqual([argv, 3, ''])
        return err
      }
      for (const command of ['search', 'show', 'replay', 'stats', 'tail']) {
        const id = command === 'show' || command === 'replay' ? ['x'] : []
        expect(await refused(command, at('nowhere'), ...id)).toContain('There is no trail')
        expect(await refused(command, at('file'), ...id)).toContain('There is no trail')
        expect(await refused(command, at('t'), ...id, '--odd')).toContain('--odd')
        expect(await refused(command)).toContain('dir')
      }
      expect(await refused('search', at('t'), '--limit', '-1')).toContain('--limit')
      expect(await refused('search', at('t'), '--index', at('t/worker-1/index'))).toContain('outside of it')
      expect(await refused('stats', at('t'), '--by', 'colour')).toContain('principal')
      appendFileSync(at('t/worker-1/00000001.jsonl'), '{"not":"a record"}\n')
      expect(await refused('search', at('t'), '--text', 'nothing')).toMatch(
        /00000001\.jsonl: .*CARDEA_TRAIL_DAMAGED/s,
      )
      truncateSync(at('t/worker-2/00000001.jsonl'), 0)
    }))
})

describe('cardea audit show', () => {
  test.each(['S-2', 'd-2', 'G-1', 'R-1'])('tells the whole story of a statement by %s', id =>
    inDirectory(async at => {
      written(at('t'))
      for (const index of [[], ['--index', at('index')]]) {
        const { code, out } = await cardea('audit', 'show', at('t'), id, '--json', ...index)
        expect(code).toBe(0)
        const story = JSON.parse(out)
        expect(story.statements).toMatchObject([{ id: 'S-2', trail: 'worker-1', outcome: { rows: 1 } }])
        // Who asks about the approval sees all of its uses, who asks about a statement those of others not.
        const others = id.endsWith('-1') ? ['E-9'] : []
        expect(story.events.map(({ record }: { record: { id: string } }) => record.id)).toEqual([
          'E-1',
          'E-2',
          'E-3',
          ...others,
          'E-5',
        ])
        expect(story.before.map(({ id }: { id: string }) => id)).toEqual(['S-1'])
        expect(story.more).toBe(false)
      }
    }),
  )

  test('for people: statement by line, approval and reasons, masked rows, what was undone', () =>
    inDirectory(async at => {
      written(at('t'))
      const { out } = await cardea('audit', 'show', at('t'), 'S-2')
      for (const part of [
        '    2 |   from cards',
        'decision: require_approval [pci/pan-output] "Because."',
        'by carol@corp.example: "ticket 4711"',
        'masked cells: 1 pan',
        '7   411111******1111',
        'transaction.undone',
        'before it in the session:\n  2026-01-01T00:00:00.000Z S-1 allow',
      ])
        expect(out).toContain(part)
      const evil = await cardea('audit', 'show', at('t'), 'S-4')
      expect(evil.out).not.toMatch(/[^\P{Cc}\n]|[\u202e\u3164]/u)
      expect(evil.out).toContain('    2 | 2026-01-01T00:00:00.000Z  S-0  root')
    }))

  test('of nothing: 1', () =>
    inDirectory(async at => {
      written(at('t'))
      expect(await cardea('audit', 'show', at('t'), 'S-99')).toMatchObject({ code: 1, out: '' })
      expect(await cardea('audit', 'replay', at('t'), 'no-session')).toMatchObject({ code: 1, out: '' })
    }))
})

describe('cardea audit replay', () => {
  test('prints a session as it went', () =>
    inDirectory(async at => {
      written(at('t'))
      const { out, err } = await cardea('audit', 'replay', at('t'), 'conversation-17')
      expect(err).toBe('4 found\n')
      expect(lines(out).filter(line => /^\d{4}-/.test(line))).toEqual([
        '2026-01-01T00:00:00.000Z (+0.000 s, worker-1) alice@corp.example via billing-bot, S-1',
        '2026-01-01T00:03:00.000Z (+180.000 s, worker-1) alice@corp.example via billing-bot, S-2',
        '2026-01-01T00:04:00.000Z (+240.000 s, worker-2) 山田太郎 via billing-bot, S-3',
        expect.stringContaining('(+360.000 s, worker-2) transaction.undone'),
      ])
      // A cell with a line break in it is one line, in quotes; wide cells are aligned.
      expect(out).toContain('    id  文字\n    1   左右\n    2   "x\\n2026-')
      const { out: json } = await cardea('audit', 'replay', at('t'), 'conversation-17', '--json')
      expect(ids(json)).toEqual(['S-1', 'S-2', 'S-3', 'E-5'])
    }))
})

describe('cardea audit stats', () => {
  test('counts by principal, agent or day', () =>
    inDirectory(async at => {
      written(at('t'))
      const { out } = await cardea('audit', 'stats', at('t'))
      const [header = '', ...rows] = lines(out)
      expect(header.split(/ +/).slice(0, 3)).toEqual(['principal', 'statements', 'denied'])
      expect(rows.map(row => row.split(/ {2,}/).slice(0, 3))).toEqual([
        ['alice@corp.example', '2', '0'],
        ['"eve\\u{202e}\\u{3164}\\u001b[2J"', '1', '1'],
        ['山田太郎', '1', '0'],
        ['all', '4', '1'],
      ])
      const report = JSON.parse((await cardea('audit', 'stats', at('t'), '--by', 'day', '--json')).out)
      expect(report).toMatchObject({
        by: 'day',
        others: null,
        total: {
          statements: 4,
          rows: 6,
          masked: 1,
          statuses: { released: 2, refused: 1, failed: 1, open: 0 },
        },
        groups: [{ name: '2026-01-01', statements: 4 }],
      })
      const few = await cardea(
        'audit',
        'stats',
        at('t'),
        '--by',
        'agent',
        '--status',
        'failed',
        '--index',
        at('i'),
      )
      expect(lines(few.out)[1]).toMatch(/^billing-bot +1 /)
    }))
})

describe('cardea audit index', () => {
  test('brings an index of all workers up to date', () =>
    inDirectory(async at => {
      const { first } = written(at('t'))
      const index = async () => (await cardea('audit', 'index', at('t'), '--index', at('index'))).out
      expect(await index()).toContain('worker-1: 7 statements and events')
      first.append(event('E-10', time(7)))
      expect(await index()).toMatch(/worker-1: 8 .*\n.*worker-2: 2 /)
      expect(readFileSync(at('index'), 'latin1').startsWith('SQLite format 3')).toBe(true)
      expect(await cardea('audit', 'index', at('t'))).toMatchObject({ code: 3 })
    }))
})

describe('without the package for an index', () => {
  test('a search says so and reads the trail', () =>
    inDirectory(async at => {
      written(at('t'))
      const missing =
        'export async function resolve(name, context, next) { if (name === "better-sqlite3") throw new Error(); return next(name, context) }'
      const without = `import { register } from 'node:module'; register('data:text/javascript,${encodeURIComponent(missing)}')`
      const program = [
        'src/cli/main.ts',
        'audit',
        'search',
        at('t'),
        '--index',
        at('index'),
        '--session',
        'other',
        '--json',
      ]
      const imports = ['./test/support/typescript.mjs', `data:text/javascript,${encodeURIComponent(without)}`]
      const options = imports.flatMap(one => ['--import', one])
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [...options, ...program])
      expect(ids(stdout)).toEqual(['S-4'])
      expect(stderr).toBe(
        'An index of a trail needs the package better-sqlite3: npm install better-sqlite3. Reading all of the trail instead.\n1 found\n',
      )
    }))
})

describe('cardea audit prune', () => {
  test('says what it would delete, deletes nothing within the retention, and names who may ask', () =>
    inDirectory(async at => {
      const clock = { now: () => Date.parse('2024-01-01T00:00:00Z'), monotonic: () => 0 }
      for (let n = 0; n < 4; n++) {
        const trail = fileTrail({ directory: at('t'), durability: 'os', clock })
        await trail.open?.()
        await trail.close()
      }
      const prune = (...more: string[]) => cardea('audit', 'prune', at('t'), ...more)
      expect(await prune('--before', '2024-06-01', '--dry-run')).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^00000001\.jsonl {2}up to record \d+, from .*\n00000002\.jsonl .*\n$/),
        err: expect.stringMatching(/^2 segments, \d+ bytes would be deleted\n$/),
      })
      for (const [more, why] of [
        [['--before', '2999-01-01'], 'younger than the retention'],
        [['--before', '2024-06-01', '--retention', '11m'], '12 months'],
        [['--before', '2024-06-01', '--retention', 'a while'], '--retention'],
        [[], '--before'],
      ] as const)
        expect(await prune(...more)).toMatchObject({ code: 3, out: '', err: expect.stringContaining(why) })
      expect(await prune('--before', '2024-06-01')).toMatchObject({ code: 0 })
      const { code, out } = await cardea('audit', 'verify', at('t'))
      expect([code, out]).toEqual([0, expect.stringContaining('from record')])
      expect(
        (await cardea('audit', 'search', at('t'), '--text', 'trail.prune')).out.split('\n'),
      ).toHaveLength(3)
    }))
})

describe('cardea audit tail --follow', () => {
  test('goes on over a torn line that is cut, new segments, and a worker that begins meanwhile', () =>
    inDirectory(async at => {
      const { first } = written(at('t'))
      const interrupt = new AbortController()
      let out = ''
      const ended = run(['audit', 'tail', at('t'), '--follow', '-n', '1', '--json'], {
        out: text => {
          out += text
        },
        err: () => {},
        untilInterrupted: () => interrupt.signal,
        clock: systemClock,
      })
      const until = async (count: number) => {
        while (lines(out).length < count) await new Promise(resolve => setTimeout(resolve, 20))
      }
      await until(2)
      const { length } = readFileSync(first.segmentPath)
      appendFileSync(first.segmentPath, '{"half of a line')
      await new Promise(resolve => setTimeout(resolve, 300))
      truncateSync(first.segmentPath, length)
      first.rotate().append(event('E-11', time(8)))
      await until(3)
      new TrailOfRecords(at('t/worker-3')).append(event('E-12', time(9)), event('E-13', time(10)))
      await until(5)
      interrupt.abort()
      expect(await ended).toBe(0)
      expect(ids(out).slice(2)).toEqual(['E-11', 'E-12', 'E-13'])
      expect(JSON.parse(lines(out).at(-1) ?? '')).toMatchObject({ trail: 'worker-3', seq: 2 })
    }))
})
