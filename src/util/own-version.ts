import { readFile } from 'node:fs/promises'

/** Of the package that this file is part of, built or not; `'unknown'` where a bundle has left its package behind. */
export async function ownVersion(): Promise<string> {
  for (const depth of ['..', '../..']) {
    const text = await readFile(new URL(`${depth}/package.json`, import.meta.url), 'utf8').catch(() => '{}')
    const { name, version }: { name?: string; version?: string } = JSON.parse(text)
    if (name === 'cardea' && version !== undefined) return version
  }
  return 'unknown'
}
