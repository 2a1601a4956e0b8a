import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { verifyTrail } from 'cardea'
import { field, green, red } from './screen.js'

/**
 * Verifies the trail, then rewrites history in a copy (the refund is blamed on somebody else) and
 * verifies that.
 *
 * @returns whether the trail was whole and the tampering was found.
 */
export async function proveTheTrail(trail: string, copy: string): Promise<boolean> {
  const report = await verifyTrail(trail)
  field(
    'verify',
    `${report.status === 'whole' ? green('whole') : red(report.status)}: ${report.records} records`,
  )

  await cp(trail, copy, { recursive: true })
  const segment = (await readdir(copy)).filter(name => name.endsWith('.jsonl')).sort()[0] ?? ''
  const text = await readFile(join(copy, segment), 'utf8')
  await writeFile(join(copy, segment), text.replace('alice@corp.example', 'mallory@corp.example'))

  const tampered = await verifyTrail(copy)
  const bad = tampered.firstBad
  field('tampered', `${red(tampered.status)}: ${bad === undefined ? '' : `record ${bad.seq}: ${bad.reason}`}`)
  return report.status === 'whole' && tampered.status === 'tampered'
}
