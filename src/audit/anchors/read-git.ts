/** Every checkpoint that a repository has ever held. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type FoundCheckpoint, inNotes } from './found.js'
import { type Git, gitIn } from './git-program.js'
import { inDirectory } from './work-directory.js'

/** A bare repository, or a work tree of one. */
export function isRepository(path: string): boolean {
  return (
    existsSync(join(path, '.git')) || (existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects')))
  )
}

/** @param remote as `git clone` takes it. */
export function readRemote(remote: string, signal: AbortSignal): Promise<readonly FoundCheckpoint[]> {
  return inDirectory(async directory => {
    const git = gitIn(directory, signal)
    await git(['clone', '--quiet', '--bare', '--template=', '--', remote, '.'])
    return history(git, remote)
  })
}

export function readRepository(path: string, signal: AbortSignal): Promise<readonly FoundCheckpoint[]> {
  return history(gitIn(path, signal), path)
}

/** Of all branches, also what a branch that was set back has lost and git has not thrown away yet. */
async function history(git: Git, place: string): Promise<readonly FoundCheckpoint[]> {
  const objects = await git(['rev-list', '--all', '--reflog', '--objects'])
  const notes = objects.split('\n').filter(line => line.endsWith('.note'))
  if (notes.length === 0) return []
  const ids = notes.map(line => line.split(' ', 1)[0] ?? '')
  const batch = await git.bytes(['cat-file', '--batch'], `${ids.join('\n')}\n`)
  return blobs(batch).flatMap(({ id, text }) => inNotes(`${place} blob ${id.slice(0, 12)}`, text))
}

function blobs(batch: Buffer): readonly { readonly id: string; readonly text: string }[] {
  const found: { id: string; text: string }[] = []
  for (let at = 0; at < batch.length; ) {
    const feed = batch.indexOf(0x0a, at)
    const [id = '', type, size] = batch.toString('latin1', at, feed).split(' ')
    const end = feed + 1 + Number(size)
    if (type !== 'blob' || Number.isNaN(end)) break
    found.push({ id, text: batch.toString('utf8', feed + 1, end) })
    at = end + 1
  }
  return found
}
