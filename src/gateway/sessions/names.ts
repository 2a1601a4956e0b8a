/** Spellings of one agent's id that count as the same: a second one is no way round a stop. */
export function foldName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}
