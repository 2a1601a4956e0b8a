/** Which names clients may give to statements and portals. */
import type { EngineError } from '../../../model/executor.js'
import type { SessionCommand } from '../../../model/session.js'
import { protocolError } from './errors.js'

/** Names that Cardea's own statements have at the server. */
const RESERVED = /^cardea_/i
/** The server cuts longer names, so that two of them could be one (NAMEDATALEN). */
const LONGEST_BYTES = 63

/** The error for a name that may not be given, or asked for. */
export function refusedName(name: string): EngineError | undefined {
  if (RESERVED.test(name)) return RESERVED_NAME
  return Buffer.byteLength(name) > LONGEST_BYTES ? LONG_NAME : undefined
}

/** The same for the name in a command of SQL's own. */
export function refusedCommandName(command: SessionCommand | undefined): EngineError | undefined {
  switch (command?.kind) {
    case 'prepare':
    case 'execute':
    case 'deallocate':
    case 'declare':
    case 'fetch':
    case 'close':
      return command.name === null ? undefined : refusedName(command.name)
    default:
      return undefined
  }
}

const RESERVED_NAME = protocolError(
  '42939',
  'cardea: Names that begin with cardea_ are reserved. Choose another.',
)
const LONG_NAME = protocolError(
  '42622',
  'cardea: A name of more than 63 bytes is not told apart from others. Choose a shorter one.',
)
