/**
 * The file `checkpoint`: the newest signed checkpoint of what is on stable storage, rewritten every second while something
 * is written. A trail that ends before it has lost its tail.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../error-code.js'
import { type ParsedCheckpoint, parseCheckpoint } from './note-text.js'

export function latestPath(directory: string): string {
  return join(directory, 'checkpoint')
}

/** `null`: there is none. `'unreadable'`: what stands there is none. */
export async function readLatest(directory: string): Promise<ParsedCheckpoint | 'unreadable' | null> {
  try {
    return parseCheckpoint(await readFile(latestPath(directory), 'utf8')) ?? 'unreadable'
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}
