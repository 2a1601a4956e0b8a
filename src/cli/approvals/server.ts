import { readFile } from 'node:fs/promises'
import { COULD_NOT, Exit } from '../exit.js'

/** Where the inbox is, and whom to believe that it is it. */
export interface Server {
  /** Ends with a slash. */
  readonly url: URL
  /** Certificates to trust instead of the system's, PEM. */
  readonly ca?: string
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * The server that the options or the environment name.
 *
 * @throws Exit 2: there is none, or a token sent there could be read on the way.
 */
export async function serverFrom(options: {
  readonly server?: string
  readonly ca?: string
}): Promise<Server> {
  const address = options.server ?? process.env['CARDEA_SERVER']
  if (address === undefined || address === '') {
    throw new Exit(COULD_NOT, 'Say where the approvals are: --server <url>, or CARDEA_SERVER.')
  }
  const url = serverUrl(address)
  if (options.ca === undefined) return { url }
  const ca = await readFile(options.ca, 'utf8').catch(() => {
    throw new Exit(COULD_NOT, `The certificates ${options.ca} cannot be read.`)
  })
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Exit(COULD_NOT, `${options.ca} holds no certificate in PEM form.`)
  }
  return { url, ca }
}

function serverUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Exit(COULD_NOT, 'The server is no http address. Write it like https://approvals.corp.example')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Exit(COULD_NOT, 'The address of the server holds more than a host, a port and a path.')
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw new Exit(
      COULD_NOT,
      'The server must be https: over http to another machine the token could be read on the way.',
    )
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
