/**
 * Numbers and texts as MySQL's protocol writes them, and its constants.
 *
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
 * @see https://mariadb.com/kb/en/clientserver-protocol/
 */

/** Capability flags of the handshake. */
export const CAPABILITY = Object.freeze({
  longPassword: 1,
  foundRows: 1 << 1,
  longFlag: 1 << 2,
  connectWithDb: 1 << 3,
  localFiles: 1 << 7,
  ignoreSpace: 1 << 8,
  protocol41: 1 << 9,
  interactive: 1 << 10,
  ssl: 1 << 11,
  transactions: 1 << 13,
  secureConnection: 1 << 15,
  multiStatements: 1 << 16,
  multiResults: 1 << 17,
  psMultiResults: 1 << 18,
  pluginAuth: 1 << 19,
  connectAttributes: 1 << 20,
  pluginAuthLenenc: 1 << 21,
  deprecateEof: 1 << 24,
})

/**
 * MariaDB's own capabilities, in four bytes that MySQL leaves empty. A side that has them leaves out `longPassword`,
 * which MySQL's always have.
 *
 * @see https://mariadb.com/kb/en/connection/#capabilities
 */
export const MARIADB_CAPABILITY = Object.freeze({ extendedMetadata: 1 << 3 })

/** Server status flags, in OK and EOF packets. */
export const STATUS = Object.freeze({
  inTransaction: 1,
  autocommit: 1 << 1,
  moreResults: 1 << 3,
  noGoodIndex: 1 << 4,
  noIndex: 1 << 5,
  cursorExists: 1 << 6,
  lastRowSent: 1 << 7,
  inReadOnlyTransaction: 1 << 13,
})

export const COMMAND = Object.freeze({
  sleep: 0x00,
  quit: 0x01,
  initDb: 0x02,
  query: 0x03,
  fieldList: 0x04,
  statistics: 0x09,
  processKill: 0x0c,
  ping: 0x0e,
  changeUser: 0x11,
  stmtPrepare: 0x16,
  stmtExecute: 0x17,
  stmtSendLongData: 0x18,
  stmtClose: 0x19,
  stmtReset: 0x1a,
  setOption: 0x1b,
  stmtFetch: 0x1c,
  resetConnection: 0x1f,
})

/** First bytes of answers. */
export const ANSWER = Object.freeze({ ok: 0x00, localInfile: 0xfb, eof: 0xfe, error: 0xff })

/** Column types of the protocol. */
export const TYPE = Object.freeze({
  decimal: 0,
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  null: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  newdate: 14,
  varchar: 15,
  bit: 16,
  json: 245,
  newdecimal: 246,
  enum: 247,
  set: 248,
  tinyBlob: 249,
  mediumBlob: 250,
  longBlob: 251,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
})

/** `utf8mb4_general_ci` and `binary`, by their numbers. */
export const UTF8MB4 = 45
export const BINARY = 63

/**
 * Reads one packet from its first byte on. Everything throws a RangeError at the end of the bytes, and for what is
 * no value.
 */
export class Reader {
  constructor(
    private readonly bytes: Buffer,
    public at: number,
    readonly end: number,
  ) {}

  get left(): number {
    return this.end - this.at
  }

  int(length: number): number {
    this.need(length)
    const value = this.bytes.readUIntLE(this.at, length)
    this.at += length
    return value
  }

  /** A length-encoded number. @throws RangeError also for one beyond 2^53, and for NULL. */
  lenenc(): number {
    const first = this.int(1)
    if (first < 0xfb) return first
    if (first === 0xfc) return this.int(2)
    if (first === 0xfd) return this.int(3)
    if (first !== 0xfe) throw malformed()
    this.need(8)
    const value = this.bytes.readBigUInt64LE(this.at)
    this.at += 8
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed()
    return Number(value)
  }

  /** The same where it may take 64 bits: ids of inserted rows do. */
  lenencBig(): bigint {
    if (this.left > 0 && this.bytes[this.at] === 0xfe) {
      this.need(9)
      const value = this.bytes.readBigUInt64LE(this.at + 1)
      this.at += 9
      return value
    }
    return BigInt(this.lenenc())
  }

  take(length: number): Buffer {
    this.need(length)
    const taken = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return taken
  }

  skip(length: number): void {
    this.need(length)
    this.at += length
  }

  lenencBytes(): Buffer {
    return this.take(this.lenenc())
  }

  lenencText(): string {
    return this.lenencBytes().toString('utf8')
  }

  /** Up to a NUL, which is passed over. */
  cString(): Buffer {
    const stop = this.bytes.indexOf(0, this.at)
    if (stop < 0 || stop >= this.end) throw malformed()
    const text = this.bytes.subarray(this.at, stop)
    this.at = stop + 1
    return text
  }

  rest(): Buffer {
    return this.take(this.left)
  }

  private need(length: number): void {
    if (length < 0 || this.at + length > this.end) throw malformed()
  }
}

function malformed(): RangeError {
  return new RangeError('a packet is not what its lengths say')
}

export function lenenc(value: number | bigint): Buffer {
  if (value < 0xfb) return Buffer.from([Number(value)])
  if (value < 0x1_0000) return withFirst(0xfc, Number(value), 2)
  if (value < 0x100_0000) return withFirst(0xfd, Number(value), 3)
  const bytes = Buffer.alloc(9)
  bytes[0] = 0xfe
  bytes.writeBigUInt64LE(BigInt(value), 1)
  return bytes
}

function withFirst(first: number, value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length + 1)
  bytes[0] = first
  bytes.writeUIntLE(value, 1, length)
  return bytes
}

export function lenencBytes(bytes: Buffer | string): Buffer {
  const content = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes
  return Buffer.concat([lenenc(content.length), content])
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8')
}

/** Little endian. */
export function int(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUIntLE(value, 0, length)
  return bytes
}
