import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { fileTrail } from '../../src/audit/file-trail.js'
import { openTrail } from '../../src/audit/open-trail.js'
import type { Trail } from '../../src/audit/trail.js'
import { run } from '../../src/cli/run.js'
import { createScrubber } from '../../src/masking/scrubber.js'
import type { Submission } from '../../src/model/submission.js'
import { systemClock } from '../../src/util/clock.js'
import { ulids } from '../../src/util/ids.js'
import { cardea, inDirectory } from './support.js'

function submission(statement: string, agent: string): Submission {
  return {
    statement,
    bindings: [],
    dialect: 'postgres',
    credentials: { kind: 'token', token: 'unused' },
    agent: { framework: 'autogen', id: agent },
    session: 's',
    dataSource: { id: 'shop', environment: 'production' },
    point: 'knex',
    issuer: 'caller',
    origination: 'test',
  }
}

function opened(directory: string): Promise<Trail> {
  const ids = ulids(systemClock)
  const sink = fileTrail({ directory, durability: 'os', origin: 'test' })
  return openTrail({ sinks: [sink], clock: systemClock, ids, scrubber: createScrubber() })
}

/** A closed trail with two refusals before its last two records; gives its one segment. */
async function written(directory: string): Promise<string> {
  const trail = await opened(directory)
  for (const [statement, agent] of [
    ['delete\nfrom cards', 'billing-bot'],
    ["select 'x\u202ey' from orders", 'support-bot'],
  ] as const) {
    await trail.refuse(submission(statement, agent), {
      refused: true,
      code: 'CARDEA_POLICY_DENIED',
      reason: 'No.',
      rule: 'pci/some-rule',
    })
  }
  await trail.close()
  return `${directory}/00000001.jsonl`
}

async function recordsIn(segment: string): Promise<number> {
  return (await readFile(segment, 'utf8')).split('\n').length - 1
}

describe('cardea audit verify', () => {
  test('a whole trail: 0, with the checkpoint to keep', () =>
    inDirectory(async at => {
      const count = await recordsIn(await written(at('t')))
      const { code, out } = await cardea('audit', 'verify', at('t'))
      expect(code).toBe(0)
      expect(out).toMatch(/^WHOLE: /)
      expect(out).toContain(`, ${count} sound records in 1 segments\n`)
      expect(out).toContain('signed by a key kept beside the trail; 1 checkpoints, 0 records after the last')
      const kept = out.slice(out.indexOf('keep this checkpoint elsewhere:\n') + 32).replace(/^ {4}/gm, '')
      await writeFile(at('kept.note'), kept)
      const again = await cardea('audit', 'verify', at('t'), '--checkpoint', at('kept.note'))
      expect(again).toMatchObject({ code: 0, out: expect.stringContaining('anchored') })
      expect(again.out).not.toContain('unanchored')
      expect((await cardea('audit', 'verify', at('t'), '--checkpoint', kept)).code).toBe(0)
      await written(at('other'))
      const other = await readFile(at('other/checkpoint'), 'utf8')
      expect((await cardea('audit', 'verify', at('t'), '--checkpoint', other)).code).toBe(1)
      expect((await cardea('audit', 'verify', at('t'), '--key', at('t/KEYS'))).code).toBe(0)
      expect((await cardea('audit', 'verify', at('t'), '--key', at('other/KEYS'))).code).toBe(1)
    }))

  test('several trails: each has to contain the checkpoints of its own', () =>
    inDirectory(async at => {
      const verify = (...checkpoints: readonly string[]) =>
        cardea('audit', 'verify', at('.'), ...checkpoints.flatMap(text => ['--checkpoint', text]))
      const kept: string[] = []
      for (const worker of ['worker-1', 'worker-2']) {
        await written(at(worker))
        kept.push(await readFile(at(`${worker}/checkpoint`), 'utf8'))
      }
      const { code, out } = await verify(...kept)
      expect([code, out.match(/; anchored$/gm)]).toEqual([0, ['; anchored', '; anchored']])
      const [first = ''] = kept
      expect((await verify(first)).out.match(/; (un)?anchored$/gm)).toEqual(['; anchored', '; unanchored'])
      await (await opened(at('worker-2'))).close()
      const later = await readFile(at('worker-2/checkpoint'), 'utf8')
      const records = (await readFile(at('worker-2/00000002.jsonl'), 'utf8')).split('\n')
      expect((await verify(first, later)).code).toBe(0)
      await writeFile(at('worker-2/00000002.jsonl'), records.slice(0, 1).join('\n').concat('\n'))
      expect((await verify(first, later)).out).toMatch(/^TAMPERED: .*worker-2/m)
      await rm(at('worker-2'), { recursive: true })
      await written(at('worker-2'))
      const replaced = await verify(first, later)
      expect([replaced.code, replaced.out]).toEqual([3, ''])
      expect(replaced.err).toContain(`None of the trails is ${later.split('\n')[0]}`)
    }))

  test('an edited trail: 1, naming the first bad record', () =>
    inDirectory(async at => {
      const segment = await written(at('t'))
      const text = await readFile(segment, 'utf8')
      const last = (await recordsIn(segment)) - 1
      await writeFile(segment, text.replace('support-bot', 'billing-bot'))
      const { code, out } = await cardea('audit', 'verify', at('t'))
      expect(code).toBe(1)
      expect(out).toMatch(/^TAMPERED: /)
      expect(out).toContain(`first bad record: ${last}, 00000001.jsonl line ${last}: the record before`)
      const { out: json } = await cardea('audit', 'verify', at('t'), '--json')
      expect(JSON.parse(json)).toMatchObject({ status: 'tampered', firstBad: { seq: last, line: last } })
    }))

  test('a trail with an unfinished line: 2', () =>
    inDirectory(async at => {
      await appendFile(await written(at('t')), '{"torn":')
      expect(await cardea('audit', 'verify', at('t'))).toMatchObject({
        code: 2,
        out: expect.stringContaining('unfinished (8 bytes)'),
      })
    }))

  test('no trail, or wrong usage: 3', () =>
    inDirectory(async at => {
      await mkdir(at('empty'))
      for (const argv of [
        [at('none')],
        [at('empty')],
        [],
        [at('empty'), '--checkpoint', '1'],
        [at('empty'), '--key', '1'],
        [at('empty'), '--odd'],
      ]) {
        const { code, out, err } = await cardea('audit', 'verify', ...argv)
        expect([argv, code, out]).toEqual([argv, 3, ''])
        expect(err).toMatch(/^error: ./)
      }
      expect((await cardea('audit', 'verify', '--help')).code).toBe(0)
    }))
})

describe('cardea audit tail', () => {
  test('prints the last records, one line each, whatever is in them', () =>
    inDirectory(async at => {
      const count = await recordsIn(await written(at('t')))
      const { code, out } = await cardea('audit', 'tail', at('t'))
      expect(code).toBe(0)
      const lines = out.trimEnd().split('\n')
      expect(lines).toHaveLength(count)
      expect(lines.at(-4)).toContain(`#${count - 3} outcome`)
      expect(lines.at(-4)).toContain('via "billing-bot" deny [pci/some-rule] "delete\\nfrom cards"')
      expect(out).not.toContain('\u202e')
      expect((await cardea('audit', 'tail', at('t'), '-n', '2')).out).toMatch(/^\S+ #\d+ trail\.close .*\n/)
      const { out: json } = await cardea('audit', 'tail', at('t'), '-n', '2', '--json')
      expect(
        json
          .trimEnd()
          .split('\n')
          .map(line => JSON.parse(line).seq),
      ).toEqual([count - 1, count])
    }))

  test('follows until interrupted', () =>
    inDirectory(async at => {
      const trail = await opened(at('t'))
      const interrupt = new AbortController()
      let out = ''
      const ended = run(['audit', 'tail', at('t'), '--follow', '-n', '0'], {
        out: text => {
          out += text
          if (out.includes('policy.load')) interrupt.abort()
        },
        err: () => {},
        untilInterrupted: () => interrupt.signal,
        clock: systemClock,
      })
      while (!interrupt.signal.aborted) {
        await trail.note('policy.load', { hash: 'abc' })
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      expect(await ended).toBe(0)
      expect(out).toContain('policy.load {"hash":"abc"}')
      await trail.close()
    }))

  test('says when there is no trail, or a line that is no record: 3', () =>
    inDirectory(async at => {
      const missing = await cardea('audit', 'tail', at('none'))
      expect([missing.code, missing.err]).toEqual([3, expect.stringContaining('no trail')])
      await writeFile(await written(at('t')), 'scribble\n')
      const damaged = await cardea('audit', 'tail', at('t'))
      expect([damaged.code, damaged.err]).toEqual([3, expect.stringContaining('CARDEA_TRAIL_DAMAGED')])
    }))
})

describe('cardea audit search', () => {
  test.each([
    [['--agent', 'billing-bot'], 1],
    [['--rule', 'pci/some-rule'], 2],
    [['--rule', 'pci/some-rule', '--agent', 'support-bot'], 1],
    [['--decision', 'deny'], 2],
    [['--decision', 'allow'], 0],
    [['--status', 'refused'], 2],
    [['--principal', 'alice'], 0],
    [['--object', 'cards'], 0],
    [['--label', 'pan'], 0],
    [['--text', 'FROM ORDERS'], 1],
    [['--from', '2020-01-01', '--to', '2021-01-01T00:00:00Z'], 0],
    [['--from', '2020-01-01', '--text', 'billing-bot'], 1],
  ])('%j', (filter, count) =>
    inDirectory(async at => {
      await written(at('t'))
      const { code, out, err } = await cardea('audit', 'search', at('t'), ...filter)
      expect([code, err.split('\n').at(-2)]).toEqual([0, `${count} found`])
      expect(out.split('\n').filter(line => line !== '')).toHaveLength(count)
      const { out: json } = await cardea('audit', 'search', at('t'), ...filter, '--json')
      expect(
        json
          .split('\n')
          .filter(line => line !== '')
          .map(line => JSON.parse(line)),
      ).toHaveLength(count)
    }),
  )

  test.each([
    ['--decision', 'perhaps'],
    ['--from', 'yesterday'],
    ['--from', '2026-01-01T10:00:00'],
  ])('refuses %s %s: 3', (option, value) =>
    inDirectory(async at => {
      await written(at('t'))
      const { code, err } = await cardea('audit', 'search', at('t'), option, value)
      expect([code, err]).toEqual([3, expect.stringContaining(option)])
    }),
  )
})
