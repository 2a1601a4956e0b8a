/**
 * The two ways in which a token does not become a principal. Neither text ever holds the token, a claim's
 * value, a client secret, or the words of a foreign error, which may quote them.
 */

/** The token is not good. The message says which check failed. */
export class TokenRefused extends Error {}

/** Nobody can tell whether the token is good. */
export class CouldNotVerify extends Error {}

/** A machine-readable code of a foreign error, in brackets, for whoever has to find the cause. */
export function hint(error: unknown): string {
  let at = error
  for (let links = 0; links < 4 && typeof at === 'object' && at !== null; links++) {
    const { code, name, cause } = at as { code?: unknown; name?: unknown; cause?: unknown }
    if (name === 'TimeoutError') return ' (timeout)'
    // openid-client has a word of its own around each: the one that it wraps says more.
    const isOwnWord = typeof code === 'string' && code.startsWith('OAUTH_') && cause !== undefined
    if (typeof code === 'string' && !isOwnWord && /^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return ` (${code})`
    at = cause
  }
  return ''
}
