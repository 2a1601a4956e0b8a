import pg from 'pg'

/** Time between a query's first byte to the server and the server's last word on it, summed. */
export interface WireTime {
  /** Microseconds since the last call. */
  take(): number
}

/**
 * Watches every query that node-postgres sends in this process. Queries side by side would be counted
 * side by side: use it with one caller.
 */
export function watchWire(): WireTime {
  const query = pg.Query.prototype
  const sentAt = new WeakMap<object, bigint>()
  let waited = 0n
  around(query, 'submit', self => sentAt.set(self, process.hrtime.bigint()))
  around(query, 'handleReadyForQuery', self => {
    const sent = sentAt.get(self)
    if (sent !== undefined) waited += process.hrtime.bigint() - sent
    sentAt.delete(self)
  })
  return {
    take: () => {
      const microseconds = Number(waited) / 1000
      waited = 0n
      return microseconds
    },
  }
}

function around(target: object, name: string, before: (self: object) => void): void {
  const inner: unknown = Reflect.get(target, name)
  if (typeof inner !== 'function') throw new TypeError(`node-postgres queries have no ${name}.`)
  Reflect.set(target, name, function (this: object, ...values: unknown[]): unknown {
    before(this)
    return Reflect.apply(inner, this, values)
  })
}
