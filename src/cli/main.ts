#!/usr/bin/env node
/** The program `cardea`: hands the process to `run` and its answer to the shell. */
import { systemClock } from '../util/clock.js'
import { run } from './run.js'

const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort())
process.once('SIGTERM', () => interrupt.abort())

// `cardea audit search … | head` closes the pipe early: that is no failure.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await run(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  signal: interrupt.signal,
  clock: systemClock,
})
