/** What the sinks with a peer have in common: a spool that outlives the peer's absence, or waiting for its word. */
import { AuditUnavailableError, ConfigurationError } from '../../errors.js'
import type { AuditRecord } from '../../model/record.js'
import { type Clock, systemClock } from '../../util/clock.js'
import { ulids } from '../../util/ids.js'
import type { AuditSink, SinkTrouble } from '../audit-sink.js'
import { Courier } from '../spool/courier.js'
import { Spool, type SpoolOptions } from '../spool/spool.js'
import { nodeSpoolFiles, type SpoolFiles } from '../spool/spool-files.js'
import type { Transport } from '../spool/transport.js'
import { AcknowledgedWrites } from './acknowledged.js'

/** How records get to a peer. Exactly one of `mandatory` and `spool` is given. */
export interface RemoteSinkOptions {
  /** In records and metrics. Default: the kind, for example `'webhook'`. A trail with two of one kind needs two names. */
  readonly name?: string
  /** Every statement waits until the peer has acknowledged its records, and fails where it does not within 10 seconds. */
  readonly mandatory?: true
  /** Records wait on disk until the peer has acknowledged them, and nothing waits for it. */
  readonly spool?: SinkSpool
  readonly clock?: Clock
}

export interface SinkSpool {
  /** Of this sink alone; made with mode 0700, its files 0600. */
  readonly directory: string
  /** What it may take on disk, at least 1 MiB. Default 256 MiB. Records beyond that are lost to the peer, and told. */
  readonly maxBytes?: number
}

/** What tests set. */
export interface SpoolInternals {
  readonly files?: SpoolFiles
  readonly closingMs?: number
  readonly firstPauseMs?: number
}

/** How far a peer is behind the trail. */
export interface SinkLag {
  /** That the peer has not acknowledged. */
  readonly records: number
  /** Age of the oldest of them, in seconds; 0 where there are none. */
  readonly seconds: number
  /** Since the sink was opened: records that the peer will not get. */
  readonly lost: number
}

/** A sink whose records go to a peer. */
export interface RemoteSink extends AuditSink {
  lag(): SinkLag
}

const MIB = 1_048_576
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i
/** Milliseconds that a closing sink goes on delivering; the rest stays in the spool. */
const CLOSING_MS = 3_000

/** @throws ConfigurationError for a name or a spool that cannot be, or without a word on how records are delivered. */
export function remoteSink(
  kind: string,
  options: RemoteSinkOptions,
  transport: Transport,
  { files = nodeSpoolFiles, closingMs = CLOSING_MS, firstPauseMs }: SpoolInternals = {},
): RemoteSink {
  const { name = kind, mandatory, spool, clock = systemClock } = options
  if (!NAME.test(name)) throw new ConfigurationError(`${kind}: a name is made of letters, digits, . _ and -.`)
  if ((mandatory === undefined) === (spool === undefined)) {
    throw new ConfigurationError(
      `${kind} needs either spool: { directory }, where records wait while the peer is away, or mandatory: true.`,
    )
  }
  if (spool === undefined) return acknowledged(name, transport, clock)
  const { directory, maxBytes = 256 * MIB } = spool
  if (typeof directory !== 'string' || directory === '')
    throw new ConfigurationError(`${kind}: spool needs a directory.`)
  if (!(Number.isSafeInteger(maxBytes) && maxBytes >= MIB))
    throw new ConfigurationError(`${kind}: spool.maxBytes is a whole number of bytes, at least 1 MiB.`)
  const pace = { closingMs, ...(firstPauseMs === undefined ? {} : { firstPauseMs }) }
  return spooled(name, transport, clock, { directory, maxBytes, files, ids: ulids(clock) }, pace)
}

function acknowledged(name: string, transport: Transport, clock: Clock): RemoteSink {
  const writes = new AcknowledgedWrites(transport)
  return Object.freeze({
    name,
    durable: false,
    mandatory: true,
    write: (records: readonly AuditRecord[]) => writes.write(records),
    lag: () => ({ records: writes.waiting, seconds: age(writes.oldest, clock), lost: 0 }),
    close: () => writes.close(),
  } satisfies RemoteSink)
}

function spooled(
  name: string,
  transport: Transport,
  clock: Clock,
  options: SpoolOptions,
  { closingMs, ...pace }: { readonly closingMs: number; readonly firstPauseMs?: number },
): RemoteSink {
  let told: (trouble: SinkTrouble) => void = () => {}
  let lost = 0
  let opening: Promise<{ readonly spool: Spool; readonly courier: Courier }> | undefined
  let opened: Spool | undefined
  let closed = false

  const trouble = (found: SinkTrouble): void => {
    lost += found.lost
    told(found)
  }
  const open = () => {
    opening ??= Spool.open(options).then(
      spool => {
        opened = spool
        return { spool, courier: new Courier({ spool, transport, clock, trouble, ...pace }) }
      },
      error => {
        // The next record tries again: a directory can be put right, another process can end.
        opening = undefined
        throw error
      },
    )
    return opening
  }
  return Object.freeze({
    name,
    durable: false,
    watch: (listener: (trouble: SinkTrouble) => void) => {
      told = listener
    },
    open: () => open().then(() => []),
    write: async (records: readonly AuditRecord[]) => {
      try {
        if (closed) throw new AuditUnavailableError(`The sink ${name} is closed.`)
        await (opened ?? (await open()).spool).append(records)
      } catch (error) {
        lost += records.length
        throw error
      }
    },
    lag: () => ({ records: opened?.records ?? 0, seconds: age(opened?.oldest, clock), lost }),
    close: async () => {
      closed = true
      const found = await opening?.catch(() => undefined)
      await opened?.append([])
      await found?.courier.stop(closingMs)
      await found?.spool.close()
      await transport.close?.()
    },
  } satisfies RemoteSink)
}

/** A clock that was set back makes nothing younger than now. */
function age(time: string | undefined, clock: Clock): number {
  return time === undefined ? 0 : Math.max(0, (clock.now() - Date.parse(time)) / 1_000)
}
