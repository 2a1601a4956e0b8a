/** Type bytes of protocol 3 (https://www.postgresql.org/docs/current/protocol-message-formats.html). */

/** What the server sends. */
export const ANSWER = Object.freeze({
  parseComplete: 0x31,
  bindComplete: 0x32,
  closeComplete: 0x33,
  notification: 0x41,
  commandComplete: 0x43,
  dataRow: 0x44,
  error: 0x45,
  copyIn: 0x47,
  copyOut: 0x48,
  emptyQuery: 0x49,
  notice: 0x4e,
  parameterStatus: 0x53,
  rowDescription: 0x54,
  functionCall: 0x56,
  copyBoth: 0x57,
  readyForQuery: 0x5a,
  copyDone: 0x63,
  copyData: 0x64,
  noData: 0x6e,
  portalSuspended: 0x73,
  parameterDescription: 0x74,
})

/** What the client sends. */
export const REQUEST = Object.freeze({
  bind: 0x42,
  close: 0x43,
  describe: 0x44,
  execute: 0x45,
  functionCall: 0x46,
  flush: 0x48,
  parse: 0x50,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
  copyDone: 0x63,
  copyData: 0x64,
  copyFail: 0x66,
})

/** A message without a body. */
const bare = (type: number): Buffer => Buffer.from([type, 0, 0, 0, 4])

export const PARSED = bare(ANSWER.parseComplete)
export const BOUND = bare(ANSWER.bindComplete)
export const CLOSED = bare(ANSWER.closeComplete)
export const NO_DATA = bare(ANSWER.noData)
export const COPY_DONE = bare(ANSWER.copyDone)
export const EMPTY_QUERY = bare(ANSWER.emptyQuery)
export const FLUSH = bare(REQUEST.flush)
export const SYNC = bare(REQUEST.sync)
