import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { fileTrail } from '../../src/audit/file-trail.js'
import { inDirectory } from './support.js'

type Child = ChildProcessByStdio<null, Readable, Readable>

/** The program as a process of its own, as it is built. */
function started(...argv: readonly string[]): Child {
  const program = ['dist/cli/main.js', ...argv]
  return spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function ended(child: Child) {
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, out, err }
}

describe('the program as a process', () => {
  test('exits with the code of the verdict', () =>
    inDirectory(async at => {
      await writeFile(at('p.yaml'), 'version: 1\n')
      await writeFile(
        at('s.json'),
        '{"format":"cardea-schema/1","dialect":"postgres","searchPath":[],"relations":[]}',
      )
      const { code, out } = await ended(
        started('explain', 'select 1', '--policy', at('p.yaml'), '--schema', at('s.json')),
      )
      expect([code, out.split('\n')[0]]).toEqual([4, 'DENY by rule default-deny'])
    }))

  test('keeps results and errors apart', async () => {
    const { code, out, err } = await ended(started('policy', 'check', 'nowhere.yaml'))
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^error: The policy file nowhere\.yaml cannot be read/)
    expect(err).not.toMatch(/^\s+at /m)
  })

  test('takes a closed pipe for an end and not for a failure', async () => {
    const child = started('policy', 'schema')
    child.stdout.destroy()
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
    expect(await text(child.stderr)).not.toContain('EPIPE')
  })

  test('ends following on SIGINT with code 0', () =>
    inDirectory(async at => {
      await mkdir(at('t'))
      const sink = fileTrail({ directory: at('t'), durability: 'os' })
      await sink.write(
        [{ event: 'policy.load', phase: 'single', id: 'x', time: new Date(0).toISOString(), detail: {} }],
        'durable',
      )
      const child = started('audit', 'tail', at('t'), '--follow')
      const all = ended(child)
      await once(child.stdout, 'data')
      child.kill('SIGINT')
      expect(await all).toMatchObject({ code: 0, out: expect.stringContaining('policy.load'), err: '' })
      await sink.close()
    }))
})
