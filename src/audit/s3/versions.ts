/** The answers of ListObjectVersions, page by page. */

export interface S3Version {
  readonly key: string
  /** Absent in a bucket without versioning. */
  readonly versionId?: string
}

type Markers = readonly (readonly [name: string, value: string])[]

/** @param page the XML of the page behind the markers. */
export async function versionsOf(page: (markers: Markers) => Promise<string>): Promise<readonly S3Version[]> {
  const found: S3Version[] = []
  let markers: Markers = []
  for (;;) {
    const xml = await page(markers)
    for (const [, version = ''] of xml.matchAll(/<Version>(.*?)<\/Version>/gs)) {
      const key = element(version, 'Key')
      const versionId = element(version, 'VersionId')
      if (key === undefined) continue
      found.push({ key, ...(versionId === undefined || versionId === 'null' ? {} : { versionId }) })
    }
    const next = element(xml, 'NextKeyMarker')
    if (element(xml, 'IsTruncated') !== 'true' || next === undefined) return found
    const nextVersion = element(xml, 'NextVersionIdMarker')
    markers = [
      ['key-marker', next],
      ...(nextVersion === undefined ? [] : [['version-id-marker', nextVersion] as const]),
    ]
  }
}

/** The text of the first element of that name; these answers hold no attributes, comments or CDATA. */
export function element(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? []
  return text?.replace(/&(?:amp|lt|gt|quot|apos|#(\d+)|#x([0-9a-fA-F]+));/g, decoded)
}

const NAMED: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
}

function decoded(entity: string, decimal?: string, hex?: string): string {
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  return NAMED[entity] ?? (code <= 0x10ffff ? String.fromCodePoint(code) : entity)
}
