/**
 * Records governed reads and writes until it is killed or fails, and says on stdout which were acknowledged: one id
 * per line, printed only after the outcome's write resolved. The crash tests run it as its own process.
 */
import { writeSync } from 'node:fs'
import { cleared, masked, open, rows, writing } from './kit.js'

const [directory = '', durability = 'fsync', callers = '3'] = process.argv.slice(2)
const say = (line: string) => writeSync(1, `${line}\n`)

async function work(): Promise<void> {
  const trail = await open(directory, {
    durability: durability === 'os' ? 'os' : 'fsync',
    segmentBytes: 65_536,
  })
  say('open')
  const caller = async () => {
    for (let at = 0; ; at++) {
      const intended = await trail.intend(at % 3 === 0 ? writing : cleared())
      await trail.release(masked(intended, rows()))
      say(intended.recordId)
      // Without a pause, callers that only wait for microtasks would never let a signal in.
      await new Promise(setImmediate)
    }
  }
  await Promise.all(Array.from({ length: Number(callers) }, caller))
}

try {
  await work()
} catch (error) {
  say(`failed ${typeof error === 'object' && error !== null && 'code' in error ? error.code : 'otherwise'}`)
  process.exit(7)
}
