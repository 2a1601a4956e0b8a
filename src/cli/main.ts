#!/usr/bin/env node
/** The program `cardea`: hands the process to `run` and its answer to the shell. */
import { systemClock } from '../util/clock.js'
import { run } from './run.js'

// `cardea audit search … | head` closes the pipe early, and a closed window its terminal: that is no failure.
process.stdout.on('error', error => {
  if ('code' in error && (error.code === 'EPIPE' || error.code === 'EIO')) process.exit(0)
  throw error
})

process.exitCode = await run(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  untilInterrupted,
  clock: systemClock,
  ...(process.stdin.isTTY && process.stdout.isTTY
    ? { terminal: { input: process.stdin, output: process.stdout } }
    : {}),
})

function untilInterrupted(): AbortSignal {
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupt.abort())
  return interrupt.signal
}
