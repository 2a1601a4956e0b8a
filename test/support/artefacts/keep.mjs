/**
 * Loaded into every Node process of a test run (NODE_OPTIONS=--import) whose artefacts are to be searched: what is
 * removed from the temporary directory is put into the folder that CARDEA_ARTEFACTS names instead, and what a
 * process prints is written there as well. See search.ts.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

const kept = process.env.CARDEA_ARTEFACTS
if (kept !== undefined && isMainThread) {
  keepWhatIsRemoved(kept)
  keepWhatIsPrinted(kept)
}

function keepWhatIsRemoved(folder) {
  const root = resolve(tmpdir()) + sep
  const { rmSync, rm, renameSync } = fs
  const { rm: rmLater } = fs.promises
  let count = 0
  const moved = path => {
    const from = resolve(path instanceof URL ? fileURLToPath(path) : String(path))
    if (!from.startsWith(root)) return false
    try {
      renameSync(from, join(folder, `${process.pid}-${count++}-${basename(from)}`))
      return true
    } catch {
      // Not there, or not ours to move: the caller's own removal says so.
      return false
    }
  }
  fs.rmSync = (path, options) => (moved(path) ? undefined : rmSync(path, options))
  fs.promises.rm = async (path, options) => (moved(path) ? undefined : rmLater(path, options))
  fs.rm = (path, ...rest) => (moved(path) ? process.nextTick(rest.at(-1), null) : rm(path, ...rest))
  syncBuiltinESMExports()
}

function keepWhatIsPrinted(folder) {
  const { openSync, writeSync } = fs
  let file
  for (const stream of [process.stdout, process.stderr]) {
    const { write } = stream
    stream.write = function (chunk, ...rest) {
      file ??= openSync(join(folder, `${process.pid}.printed`), 'a')
      writeSync(file, typeof chunk === 'string' ? chunk : Buffer.from(chunk))
      return write.call(this, chunk, ...rest)
    }
  }
}
