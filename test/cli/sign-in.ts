import { mkdir, writeFile } from 'node:fs/promises'
import type { Issuer } from '../support/issuer.js'

/** Leaves behind in `home` what `cardea login` does, without the waiting. Gives back the access token. */
export async function signInTo(issuer: Issuer, home: string, user: string): Promise<string> {
  const { accessToken: token, refreshToken, expiresIn } = await issuer.signIn(user)
  const { url, ca, audience, publicClient: clientId } = issuer
  const expiresAt = Date.now() + expiresIn * 1000
  const base = { format: 'cardea-sign-in/1', kind: 'person', issuer: url, clientId, audience, ca }
  await mkdir(home, { recursive: true, mode: 0o700 })
  await writeFile(`${home}/sign-in.json`, JSON.stringify({ ...base, token, refreshToken, expiresAt }), {
    mode: 0o600,
  })
  return token
}
