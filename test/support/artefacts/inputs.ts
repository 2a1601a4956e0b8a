/** Files of a test run that hold what tests put in, and not what Cardea has put out. */
const INPUTS: readonly (readonly [path: RegExp, reason: string])[] = [
  [/\/jest-transform-cache-/, 'compiled source of the tests'],
  [/\/haste-map-/, 'names of source files'],
  [/cardea-cli-[^/]+\/x\.db$/, 'what a test gives for a database that is none'],
  [/cardea-mcp-[^/]+\/seed\.sql$/, 'what a test fills a database with'],
]

/** Why a file is none of Cardea's artefacts; undefined for one that is. */
export function inputReason(path: string): string | undefined {
  return INPUTS.find(([pattern]) => pattern.test(path))?.[1]
}
