/** Checkpoints in files: of a file anchor, of a syslog server, of receipts, or notes that somebody kept. */
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type FoundCheckpoint, inLine, inNotes } from './found.js'

/** Notes are short, and whoever keeps more has them in lines. */
const LARGEST_NOTES = 1_048_576

/** @param path of a file, or of a directory whose files are all read. */
export async function readFiles(path: string): Promise<readonly FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = []
  for (const file of await filesIn(path)) found.push(...(await readOne(file)))
  return found
}

async function filesIn(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

async function readOne(path: string): Promise<readonly FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = []
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    found.push(...inLine(path, line))
  }
  if (found.length > 0 || (await stat(path)).size > LARGEST_NOTES) return found
  return inNotes(path, await readFile(path, 'utf8'))
}
