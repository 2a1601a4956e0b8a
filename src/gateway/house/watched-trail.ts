import type { AuditSink } from '../../audit/audit-sink.js'

export interface WatchedTrail {
  readonly sink: AuditSink
  /** False for good after a failure: nothing runs until a restart has looked at what the disk holds. */
  readonly sound: () => boolean
}

/** The same sink, whose failures somebody hears of. */
export function watchedTrail(sink: AuditSink, failed: (error: unknown) => void): WatchedTrail {
  let sound = true
  const { open } = sink
  return {
    sound: () => sound,
    sink: Object.freeze({
      ...sink,
      ...(open === undefined ? {} : { open: () => open.call(sink) }),
      write: (records, settle) =>
        sink.write(records, settle).catch((error: unknown) => {
          sound = false
          failed(error)
          throw error
        }),
      close: () => sink.close(),
    } satisfies AuditSink),
  }
}
