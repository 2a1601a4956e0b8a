/** How much a session may keep prepared, and how much of it may wait to be sent. */
import type { EngineError } from '../../../model/executor.js'
import { protocolError } from './errors.js'
import type { Registry } from './registry.js'

/** Bytes that one name takes beside its text and values. */
const EACH = 512
/** Bytes of Parse and Close that may wait for a Sync, a Flush or an Execute before they are sent. */
const UNSENT_BYTES = 262_144

export class Holding {
  /** At least what there is: counted up with each name, and counted anew once it is too much. */
  private most = 0
  private unsent = 0

  /** @param limit in bytes. */
  constructor(
    private readonly registry: Registry,
    private readonly limit: number,
  ) {}

  /**
   * Before something is prepared under a name.
   *
   * @param bytes of its text or values.
   * @returns the error where there is no room for it.
   */
  add(bytes: number): EngineError | undefined {
    this.most += bytes + EACH
    if (this.most <= this.limit) return undefined
    this.most = this.counted() + bytes + EACH
    return this.most <= this.limit ? undefined : TOO_MUCH
  }

  /** Whether what waits to be sent should be, now that so many bytes more do. */
  isDue(bytes: number): boolean {
    this.unsent += bytes
    if (this.unsent <= UNSENT_BYTES) return false
    this.unsent = 0
    return true
  }

  private counted(): number {
    let bytes = 0
    for (const { text } of this.registry.statements.values()) bytes += text.length + EACH
    for (const { bind, values } of this.registry.portals.values()) {
      bytes += EACH + (bind?.length ?? values.reduce<number>((sum, value) => sum + sizeOf(value), 0))
    }
    return bytes
  }
}

function sizeOf(value: unknown): number {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value.length : EACH
}

const TOO_MUCH = protocolError(
  '54000',
  'cardea: This session has prepared more than it may. Close statements and portals that are not needed.',
)
