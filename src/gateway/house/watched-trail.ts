import type { AuditSink } from '../../audit/audit-sink.js'

export interface WatchedTrail {
  readonly sink: AuditSink
  /** False for good after a failure: nothing runs until a restart has looked at what the disk holds. */
  readonly sound: () => boolean
}

/** The same sink, whose failures somebody hears of. */
export function watchedTrail(sink: AuditSink, failed: (error: unknown) => void): WatchedTrail {
  let sound = true
  const heard = (error: unknown): never => {
    sound = false
    failed(error)
    throw error
  }
  const { open, check } = sink
  return {
    sound: () => sound,
    sink: Object.freeze({
      ...sink,
      ...(open === undefined ? {} : { open: () => open.call(sink) }),
      ...(check === undefined ? {} : { check: () => checked(() => check.call(sink), heard) }),
      write: (records, settle) => sink.write(records, settle).catch(heard),
      close: () => sink.close(),
    } satisfies AuditSink),
  }
}

function checked(check: () => void, heard: (error: unknown) => never): void {
  try {
    check()
  } catch (error) {
    heard(error)
  }
}
