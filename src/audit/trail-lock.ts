/**
 * One writer per directory. Node offers no operating-system lock, so: numbered lock files, each created
 * whole or not at all by `link`; the highest number holds. A number is never used twice while a higher one
 * exists, so two processes that find the same dead lock cannot both take over. A lock is dead when its
 * process is gone (same pid and start time, so a reused pid does not count) or, when that process lives
 * where it cannot be seen (another host, container or boot), when its heartbeat has stopped.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { CardeaError } from '../errors.js'
import type { Ids } from '../util/ids.js'
import { errorCode } from './error-code.js'

export interface LockOptions {
  readonly ids: Ids
  /** Called once when the lock was taken away; the holder must stop writing. */
  readonly onLost: () => void
  /** Milliseconds between heartbeats. Default 2,000. */
  readonly beatMs?: number
  /** Milliseconds without a heartbeat after which an unseen holder is taken for dead. Default 10,000. */
  readonly patienceMs?: number
}

export interface TrailLock {
  release(): void
}

interface Holder {
  readonly pid: number
  /** The kernel's own start time of the process; null where there is none to read. */
  readonly started: string | null
  /** The boot and process-id space in which `pid` means something. */
  readonly host: string
}

const LOCK = /^lock\.(\d{8})$/

/** @throws CardeaError CARDEA_TRAIL_LOCKED while somebody else holds the directory. */
export async function acquireLock(directory: string, options: LockOptions): Promise<TrailLock> {
  const highest = lockNumbers(directory).at(-1) ?? 0
  if (highest > 0) await refuseWhileHeld(directory, highest, options.patienceMs ?? 10_000)

  const number = highest + 1
  const path = lockPath(directory, number)
  const draft = join(directory, `lock.${options.ids.next()}.draft`)
  writeFileSync(draft, JSON.stringify(holder(process.pid)), { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT')
      throw locked(directory, 'another process is taking it')
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
  if (lockNumbers(directory).at(-1) !== number) {
    rmSync(path, { force: true })
    throw locked(directory, 'another process has just taken it')
  }
  removeOlder(directory, number)
  return hold(path, options)
}

function hold(path: string, options: LockOptions): TrailLock {
  const handle = openSync(path, 'r+')
  const inode = fstatSync(handle).ino
  let held = true
  const timer = setInterval(() => {
    if (isOurs(path, inode)) {
      // Rewriting a byte with itself moves the file's time of change, which is the heartbeat.
      writeSync(handle, '{', 0)
      return
    }
    letGo()
    options.onLost()
  }, options.beatMs ?? 2_000)
  timer.unref()

  const letGo = (): void => {
    held = false
    clearInterval(timer)
    closeSync(handle)
  }
  return Object.freeze({
    release: () => {
      if (!held) return
      // Empty means free. The file stays, so that its number is not used again.
      if (isOurs(path, inode)) ftruncateSync(handle, 0)
      letGo()
    },
  })
}

async function refuseWhileHeld(directory: string, number: number, patienceMs: number): Promise<void> {
  const path = lockPath(directory, number)
  const text = readFileSync(path, 'utf8')
  if (text === '') return
  const other = parseHolder(text)
  if (other === null)
    throw locked(directory, `${path} cannot be read as a lock; remove it if no process writes here`)
  if (other.host === hostIdentity()) {
    if (isAlive(other)) throw locked(directory, `process ${other.pid} writes to it`)
    return
  }
  const before = statSync(path).mtimeMs
  await new Promise(resolve => setTimeout(resolve, patienceMs))
  if (statSync(path, { throwIfNoEntry: false })?.mtimeMs !== before) {
    throw locked(directory, `process ${other.pid} on another host or in another container writes to it`)
  }
}

function isAlive(other: Holder): boolean {
  try {
    process.kill(other.pid, 0)
  } catch (error) {
    // EPERM: it lives, under another user.
    if (errorCode(error) === 'ESRCH') return false
  }
  const now = holder(other.pid)
  return (
    now.started !== 'ended' &&
    (other.started === null || now.started === null || now.started === other.started)
  )
}

function holder(pid: number): Holder {
  return { pid, started: startTime(pid), host: hostIdentity() }
}

/** Field 22 of /proc/<pid>/stat; `'ended'` for a process that only waits to be reaped. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended'
    return fields[19] ?? null
  } catch {
    return null
  }
}

function hostIdentity(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

function parseHolder(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null
    if (typeof value?.pid !== 'number' || typeof value.host !== 'string') return null
    return { pid: value.pid, started: value.started ?? null, host: value.host }
  } catch {
    return null
  }
}

function lockNumbers(directory: string): readonly number[] {
  return readdirSync(directory)
    .map(name => LOCK.exec(name)?.[1])
    .filter(digits => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
}

function lockPath(directory: string, number: number): string {
  return join(directory, `lock.${String(number).padStart(8, '0')}`)
}

function removeOlder(directory: string, number: number): void {
  for (const older of lockNumbers(directory)) {
    if (older < number) rmSync(lockPath(directory, older), { force: true })
  }
}

function isOurs(path: string, inode: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === inode
}

function locked(directory: string, why: string): CardeaError {
  return new CardeaError(
    'CARDEA_TRAIL_LOCKED',
    `The trail in ${directory} has a writer already: ${why}. Give every process a directory of its own.`,
  )
}
