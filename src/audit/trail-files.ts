/** The few file operations whose failure decides whether a record is on record; tests inject failures here. */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  writeSync,
} from 'node:fs'

export interface TrailFiles {
  /** A new, empty, owner-only file that can only be appended to. Fails when it exists. */
  create(path: string): number
  /** Bytes taken by the operating system; may be fewer than offered. */
  append(handle: number, bytes: Uint8Array, offset: number, length: number): number
  sync(handle: number): Promise<void>
  syncNow(handle: number): void
  close(handle: number): void
  truncate(path: string, length: number): void
  /** Makes created and renamed entries of a directory stable. */
  syncDirectory(path: string): void
}

export const nodeTrailFiles: TrailFiles = Object.freeze({
  create: path =>
    openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND, 0o600),
  append: (handle, bytes, offset, length) => writeSync(handle, bytes, offset, length),
  sync: handle =>
    new Promise<void>((resolve, reject) => {
      fdatasync(handle, error => (error === null ? resolve() : reject(error)))
    }),
  syncNow: handle => fdatasyncSync(handle),
  close: handle => closeSync(handle),
  truncate: (path, length) => {
    const handle = openSync(path, 'r+')
    try {
      ftruncateSync(handle, length)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  },
  syncDirectory: path => {
    // Windows cannot open a directory; its file system journals entries by itself.
    if (process.platform === 'win32') return
    const handle = openSync(path, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  },
} satisfies TrailFiles)
