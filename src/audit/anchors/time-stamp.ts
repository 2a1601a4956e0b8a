/** RFC 3161 time stamps, asked for and checked by the program openssl. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ProgramEnd, runProgram } from './program.js'

/** Of a directory of its own, in which the files lie. */
export interface TimeStamps {
  /** A request over the file's SHA-256, with a nonce, that asks for the authority's certificate. */
  query(data: string): Promise<Buffer>
  /** When the reply says that the data was there. @throws Error unless `ca` vouches for it. */
  check(reply: Uint8Array, against: 'query' | { readonly data: string }): Promise<Date>
}

/** @param ca PEM of the authorities to trust. */
export function timeStamps(directory: string, ca: string, signal: AbortSignal): TimeStamps {
  const file = (name: string): string => join(directory, name)
  const openssl = async (args: readonly string[], what: string): Promise<Buffer> => {
    const end = await runProgram('openssl', ['ts', ...args], { cwd: directory, signal })
    if (end.status !== 0) throw new Error(`${what} (${reason(end)}).`)
    return end.stdout
  }
  return Object.freeze<TimeStamps>({
    query: async data => {
      await writeFile(file('data'), data)
      const bytes = await openssl(
        ['-query', '-data', file('data'), '-sha256', '-cert'],
        'No request for a time stamp could be made',
      )
      await writeFile(file('query'), bytes)
      return bytes
    },
    check: async (reply, against) => {
      await Promise.all([writeFile(file('reply'), reply), writeFile(file('ca'), ca)])
      if (against !== 'query') await writeFile(file('data'), against.data)
      const text = await openssl(['-reply', '-in', file('reply'), '-text'], 'The time stamp cannot be read')
      const time = timeIn(text.toString('latin1'))
      const subject = against === 'query' ? ['-queryfile', file('query')] : ['-data', file('data')]
      // The certificate may have run out since: it must have been good at that time.
      const at = ['-attime', String(Math.floor(time.getTime() / 1_000))]
      const whose = ['-in', file('reply'), '-CAfile', file('ca')]
      await openssl(
        ['-verify', ...subject, ...whose, ...at],
        'The time stamp is not one of this authority over this checkpoint',
      )
      return time
    },
  })
}

function timeIn(text: string): Date {
  const [, time = ''] = /^Time stamp: (.+)$/m.exec(text) ?? []
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) throw new Error('The reply holds no time stamp.')
  return date
}

/** OpenSSL's own words for what was wrong: the last part of its error lines. */
function reason({ status, stderr }: ProgramEnd): string {
  const [, , , , text] =
    stderr
      .split('\n')
      .find(line => line.includes(':error:'))
      ?.split(':') ?? []
  return (text ?? `status ${status}`).replace(/[^\x20-\x7e]+/g, ' ').slice(0, 120)
}
