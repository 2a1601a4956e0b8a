import type { VerifyReport } from '../verify.js'

/**
 * What a verification cannot exclude, in sentences.
 *
 * @param anchoredTo size of the largest checkpoint that was given.
 * @param passedOver checkpoints that were given and are of pruned records only.
 */
export function limitsOf(
  report: Pick<VerifyReport, 'root' | 'records' | 'unsealed' | 'unanchored' | 'begins'>,
  anchoredTo: number,
  passedOver: number,
): readonly string[] {
  const { begins, records, root, unanchored, unsealed } = report
  const limits: string[] = []
  if (begins > 1) limits.push(`Records before ${begins} were pruned: what they said cannot be seen any more.`)
  if (passedOver > 0)
    limits.push(
      `Of what was pruned, ${passedOver} of the checkpoints given tell: no record is left that they could be compared with.`,
    )
  if (root === null) {
    limits.push(
      'There are no checkpoints: nobody has signed this trail, and whoever can write to it can rewrite all of it.',
    )
  } else {
    if (root.kept === 'beside')
      limits.push(
        'It is signed by a key kept beside the trail: whoever can read the directory can sign a rewrite of all of it.',
      )
    if (!root.pinned)
      limits.push(
        'The root key is the one that the trail itself states: a rewrite under another one cannot be seen.',
      )
    if (unsealed > 0)
      limits.push(
        `The last ${unsealed} records are signed by nothing yet: their loss or a change to the last of them cannot be seen.`,
      )
  }
  if (unanchored)
    limits.push(
      'Without a checkpoint kept elsewhere, the replacement of the trail by an older copy of it, or a rewrite by whoever has its keys, cannot be seen.',
    )
  else if (anchoredTo < records)
    limits.push(`Records after ${anchoredTo} are not covered by a checkpoint kept elsewhere.`)
  return limits
}
