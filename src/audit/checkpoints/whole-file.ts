import { open, rename } from 'node:fs/promises'

/**
 * Replaces a small file as a whole or not at all. Its bytes are on stable storage when this resolves; a crash
 * may bring back the file before it until its directory is synced.
 */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}
