/**
 * Kills a writer of audit records, again and again, on one trail: `node --import ./test/support/typescript.mjs
 * test/nightly/trail-deaths.ts [deaths]`, 1,000 unless told otherwise (test/audit/crash.test.ts has a dozen). After each
 * death the next writer opens the trail; at the end nothing that was acknowledged may be missing, no intent may be
 * open, and both verifiers must call the trail whole. The last line printed is "N passed, N failed".
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { readTrail } from '../../src/audit/trail-reader.js'
import { verifyTrail } from '../../src/audit/verify.js'
import { open } from '../audit/kit.js'

const deaths = Number(process.argv[2] ?? 1_000)
const CALLERS = 16
const root = fileURLToPath(new URL('../../', import.meta.url))
const program = join(root, '.cache/nightly/trail-deaths')
const parent = mkdtempSync(join(tmpdir(), 'cardea-deaths-'))
const directory = join(parent, 'audit')
const acknowledged = new Set<string>()
const print = (line: string) => process.stdout.write(`${line}\n`)

/** The writer as one file of JavaScript, which starts in a tenth of the time that its sources take. */
async function buildWriter(): Promise<void> {
  const entry = { writer: join(root, 'test/audit/writer.child.ts') }
  await build({ entry, outDir: program, format: 'esm', target: 'node20', config: false, silent: true })
}

function startWriter(durability: string): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [join(program, 'writer.js'), directory, durability, String(CALLERS)])
}

/** Anywhere: in the opening, in a commit, between two. */
async function death(number: number): Promise<void> {
  const child = startWriter(number % 4 === 0 ? 'os' : 'fsync')
  let said = ''
  let errors = ''
  child.stderr.on('data', chunk => {
    errors += String(chunk)
  })
  const opened = new Promise<void>(resolve => {
    child.stdout.on('data', chunk => {
      said += String(chunk)
      if (said.startsWith('open')) resolve()
    })
  })
  const closed = once(child, 'close') as Promise<[number | null, string | null]>
  if (number % 5 !== 0) await Promise.race([opened, closed])
  await new Promise(resolve => setTimeout(resolve, (number * 37) % 211))
  child.kill('SIGKILL')
  const [code, signal] = await closed
  if (signal !== 'SIGKILL')
    throw new Error(`the writer ended by itself: ${code} ${said.slice(-200)} ${errors}`)
  // The last piece may be an id that the kill cut short.
  for (const line of said.split('\n').slice(1, -1)) acknowledged.add(line)
}

async function main(): Promise<void> {
  await buildWriter()
  for (let number = 1; number <= deaths; number++) {
    await death(number)
    if (number % 50 === 0) print(`${number} deaths, ${acknowledged.size} acknowledged`)
  }
  await (await open(directory)).close()
  const report = await verifyTrail(directory)
  const promised = acknowledged.size
  let unknown = 0
  for await (const entry of readTrail(directory)) {
    if (entry.phase !== 'outcome') continue
    if (entry.outcome.status === 'unknown') unknown += 1
    if (entry.outcome.status === 'released') acknowledged.delete(entry.id)
  }
  const verifier = join(root, 'docs/verify.py')
  print(execFileSync('python3', [verifier, directory], { encoding: 'utf8' }).trimEnd())
  const { firstBad, openIntents, records, segments, status, unsealed } = report
  print(
    `TRAIL ${deaths} deaths, ${status}: ${records} records, ${segments} segments, ${unknown} outcomes unknown, ${acknowledged.size} of ${promised} lost`,
  )
  if (promised === 0 || status !== 'whole' || openIntents > 0 || unsealed > 0 || acknowledged.size > 0)
    throw new Error(
      JSON.stringify(firstBad ?? { openIntents, unsealed, lost: [...acknowledged].slice(0, 5) }),
    )
}

try {
  await main()
  print('1 passed, 0 failed')
} catch (error) {
  print(error instanceof Error ? (error.stack ?? error.message) : String(error))
  print('0 passed, 1 failed')
  process.exitCode = 1
} finally {
  rmSync(parent, { recursive: true, force: true })
}
