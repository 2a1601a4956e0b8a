/**
 * The head note: number and hash of a record that is on stable storage, rewritten every second and at
 * close. A trail that ends before its note has lost its tail. Whoever can rewrite the trail can rewrite
 * the note too: it shows accidents and careless hands, and an outside copy of it is an anchor.
 */
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from '../util/canonical-json.js'
import { errorCode } from './error-code.js'
import type { ChainHead } from './trail-line.js'

const HASH = /^[0-9a-f]{64}$/

function headPath(directory: string): string {
  return join(directory, 'head')
}

/** `null`: there is no note. A string: what stands there is none, in words. */
export async function readHead(directory: string): Promise<ChainHead | string | null> {
  let text: string
  try {
    text = await readFile(headPath(directory), 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
  try {
    const head = JSON.parse(text) as Partial<Record<keyof ChainHead, unknown>> | null
    const seq = head?.seq
    const hash = head?.hash
    if (typeof seq === 'number' && Number.isSafeInteger(seq) && typeof hash === 'string' && HASH.test(hash)) {
      if (headText({ seq, hash }) === text) return { seq, hash }
    }
  } catch {
    // Told below.
  }
  return 'the head note is not what the trail wrote'
}

/** Replaces the note as a whole or not at all. */
export async function writeHead(directory: string, head: ChainHead): Promise<void> {
  const draft = `${headPath(directory)}.draft`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(headText(head))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, headPath(directory))
}

function headText(head: ChainHead): string {
  return `${canonicalJson({ hash: head.hash, seq: head.seq })}\n`
}
