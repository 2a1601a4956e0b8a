import { ConfigurationError } from '../../errors.js'
import type { Checkpoint } from '../../model/checkpoint.js'
import { parseCheckpoint } from '../checkpoints/note-text.js'
import type { Anchor } from './anchor.js'
import { type Git, gitIn } from './git-program.js'
import { type AnchorOptions, anchorOf, originPath } from './options.js'
import { inDirectory } from './work-directory.js'

export interface GitAnchorOptions extends AnchorOptions {
  /**
   * A repository elsewhere, as `git push` takes it: an address without a password, or a path. It should refuse what
   * takes history away (`receive.denyNonFastForwards`, `receive.denyDeletes`).
   */
  readonly remote: string
  /** Default `'main'`. Made with the first checkpoint. */
  readonly branch?: string
}

/** Others push to the same branch: how often to come after them, while there is time. */
const RACES = 32

/**
 * Commits each checkpoint to a repository by the program git: a file for each trail, and one for what its
 * root key has signed, whose history has them all.
 * Never forces. Where the repository already holds a later checkpoint of the trail, it says so and keeps nothing:
 * then the trail was rolled back.
 *
 * @throws ConfigurationError for a remote with a password, or a branch that is no name.
 * @example gitAnchor({ remote: 'ssh://git@witness.example/trail.git' })
 */
export function gitAnchor(options: GitAnchorOptions): Anchor {
  const { remote, branch = 'main' } = options
  checkRemote(remote)
  if (!/^[A-Za-z0-9](?:[\w-]|[./](?![./]))*$/.test(branch) || /[./]$|\.lock$/.test(branch)) {
    throw new ConfigurationError('gitAnchor: branch is the name of a branch, as main.')
  }
  const ref = `refs/heads/${branch}`
  return anchorOf('git', options, (checkpoint, signal) =>
    inDirectory(async directory => {
      const git = gitIn(directory, signal)
      await git(['init', '--quiet', '--bare', '--template=', '.'])
      for (let race = 1; ; race++) {
        const tip = await tipOf(git, remote, ref)
        try {
          return `commit ${await keep(git, { remote, ref, tip }, checkpoint)}`
        } catch (error) {
          if (race === RACES || (await tipOf(git, remote, ref)) === tip) throw error
        }
      }
    }),
  )
}

/** @throws ConfigurationError that does not repeat it. */
export function checkRemote(remote: string): void {
  if (typeof remote !== 'string' || remote === '' || remote.startsWith('-')) {
    throw new ConfigurationError('gitAnchor needs remote, the address or path of a repository.')
  }
  if (URL.canParse(remote) && new URL(remote).password !== '') {
    throw new ConfigurationError(
      'gitAnchor: remote may hold no password. Use a key of ssh, or a credential helper of git.',
    )
  }
}

interface Place {
  readonly remote: string
  readonly ref: string
  /** The commit there; undefined where there is none yet. */
  readonly tip: string | undefined
}

/** @returns the commit that holds the checkpoint. */
async function keep(git: Git, { remote, ref, tip }: Place, checkpoint: Checkpoint): Promise<string> {
  // Of different sizes at one time, so each has a file: what is in it only grows.
  const path = `${originPath(checkpoint.origin)}${checkpoint.signer === 'root' ? '.root' : ''}.note`
  if (tip !== undefined) {
    await git(['fetch', '--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--', remote, ref])
    const there = await git.attempt(['cat-file', 'blob', `${tip}:${path}`])
    if (there?.trim() === checkpoint.note.trim()) return tip
    refuseRollback(there, checkpoint)
  }
  await git(['read-tree', ...(tip === undefined ? ['--empty'] : [tip])])
  const blob = await git(['hash-object', '-w', '--stdin'], checkpoint.note)
  await git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`])
  const tree = await git(['write-tree'])
  const message = `Checkpoint of ${checkpoint.origin} at ${checkpoint.size} records`
  const commit = await git(['commit-tree', tree, ...(tip === undefined ? [] : ['-p', tip])], message)
  await git(['push', '--quiet', '--', remote, `${commit}:${ref}`])
  return commit
}

function refuseRollback(there: string | undefined, { size }: Checkpoint): void {
  const earlier = there === undefined ? undefined : parseCheckpoint(`${there}\n`)
  if (earlier === undefined || earlier.size <= size) return
  throw new Error(
    `The repository holds a checkpoint of ${earlier.size} records, and the trail has ${size}: it was rolled back. Run cardea audit verify --anchor.`,
  )
}

async function tipOf(git: Git, remote: string, ref: string): Promise<string | undefined> {
  const [id] = (await git(['ls-remote', '--', remote, ref])).split(/\s/)
  return id === undefined || id === '' ? undefined : id
}
