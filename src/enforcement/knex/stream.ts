import { SurfaceRefusedError } from '../../errors.js'
import type { StreamOptions } from './driver.js'
import { readOptions } from './snapshot.js'
import type { StreamDestination } from './statement.js'

/** The stream that a caller gets its rows from: Knex's own, or one that was handed to `_stream`. */
interface CallerStream extends NodeJS.EventEmitter {
  write(row: unknown): boolean
  end(): void
  destroy?(error?: Error): unknown
  readonly destroyed?: boolean
  readonly closed?: boolean
}

const batchOf = 100

/** @throws SurfaceRefusedError for an option that would put the caller's code before the masker. */
export function streamOptions(given: unknown, allowed: readonly string[]): StreamOptions {
  const read = readOptions(given, allowed)
  const size = read.get('batchSize') ?? read.get('highWaterMark')
  return { batch: typeof size === 'number' && size >= 1 ? Math.min(Math.floor(size), 10_000) : batchOf }
}

/** Writes masked rows into the caller's stream at the pace that it takes them. */
export function destination(stream: object, options: StreamOptions): StreamDestination {
  if (!isCallerStream(stream)) throw new SurfaceRefusedError('The rows can only go into a writable stream.')
  let finish: () => void = () => {}
  const gone = new Promise<'gone'>(resolve => {
    finish = () => resolve('gone')
    stream.once('close', finish)
    stream.once('error', finish)
    if (isGone(stream)) finish()
  })
  return {
    options,
    onClose: abandon => {
      void gone.then(abandon)
    },
    take: async batches => {
      const iterator = batches[Symbol.asyncIterator]()
      try {
        if ((await pour(iterator, stream, gone)) === 'gone') return
      } finally {
        await iterator.return?.()
      }
      stream.end()
    },
  }
}

async function pour(
  iterator: AsyncIterator<readonly unknown[]>,
  stream: CallerStream,
  gone: Promise<'gone'>,
): Promise<'gone' | 'all'> {
  for (;;) {
    const next = await Promise.race([iterator.next(), gone])
    if (next === 'gone') return 'gone'
    if (next.done === true) return 'all'
    for (const row of next.value) {
      if (isGone(stream)) return 'gone'
      if (!stream.write(row) && (await Promise.race([drained(stream), gone])) === 'gone') return 'gone'
    }
  }
}

function drained(stream: CallerStream): Promise<'drained'> {
  return new Promise(resolve => stream.once('drain', () => resolve('drained')))
}

function isGone(stream: CallerStream): boolean {
  return stream.closed === true || stream.destroyed === true
}

/** Tells the caller's stream what went wrong, in the way that streams do. */
export function fail(stream: object, error: unknown): void {
  if (!isCallerStream(stream) || isGone(stream)) return
  const reason = error instanceof Error ? error : new Error('The stream failed.')
  if (stream.destroy !== undefined) stream.destroy(reason)
  else stream.emit('error', reason)
}

function isCallerStream(stream: object): stream is CallerStream {
  return ['write', 'end', 'once', 'emit'].every(name => typeof Reflect.get(stream, name) === 'function')
}
