/** One HTTP request and its answer. Nothing that goes wrong quotes the address, a header or the body. */

export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  readonly signal: AbortSignal
}

export interface ExchangeReply {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

const LONGEST_BYTES = 16 * 1_048_576

/**
 * Redirects are not followed: they would take a secret elsewhere. Certificates are checked against the
 * authorities that Node trusts, `NODE_EXTRA_CA_CERTS` among them.
 *
 * @throws Error that goes on from the name of the service: `could not be reached (ECONNREFUSED)`.
 */
export async function exchange({ method, url, headers, body, signal }: Exchange): Promise<ExchangeReply> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal,
    })
    return { status: response.status, headers: response.headers, body: await limited(response) }
  } catch (error) {
    throw new Error(signal.aborted ? 'did not answer in time' : causeOf(error))
  }
}

/** Only the code of the system: the text of the error can hold the address. */
function causeOf(error: unknown): string {
  if (error instanceof RangeError) return 'answered more than can be read'
  const { cause } = error as { readonly cause?: { readonly code?: unknown } }
  const code = String(cause?.code ?? '')
  return /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? `could not be reached (${code})` : 'could not be reached'
}

async function limited(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > LONGEST_BYTES) throw new RangeError('too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
