import { type Case, casesOf } from '../../governance/cases.js'
import type { TwinDoor } from '../../governance/twin-door.js'
import type { Answer } from './answer.js'

/** What psql would take for its own, or wait for more of; and values that nobody gives. */
const NOT_PLAIN = /[;\\\0$]|(?<!:):(?!:)['"{a-z]|--|\/\*|%/i

/** Cases for clients of this door. */
export function casesAt({ wire, ask }: TwinDoor<Answer>, number: number): Promise<readonly Case[]> {
  return casesOf({
    engine: 'postgres',
    governed: wire.governed,
    notPlain: NOT_PLAIN,
    number,
    async ask(text) {
      const { error, rows } = await ask({ text, values: [], undone: false }, 'binary')
      return { state: error?.['C'] ?? '00000', rows: rows.length }
    },
  })
}
