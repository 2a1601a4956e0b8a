/**
 * Reads Markdown as far as the tests of the documentation need it.
 *
 * Conventions: a comment `<!-- ts-preamble … -->` holds declarations that precede every ```ts block after
 * it, up to the next preamble, without showing. A block fenced as ```yaml policy is a whole policy.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Block {
  /** What follows the backticks: `ts`, `yaml policy`, `sh`. */
  readonly language: string
  readonly text: string
  readonly preamble: string
  /** 1-based line of the first line of the text. */
  readonly line: number
}

export interface Document {
  /** Relative to the repository. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
  /** Code in running text, between single backticks. */
  readonly spans: readonly string[]
  /** Targets of links that are not URLs. */
  readonly links: readonly string[]
  /** Anchors of headings, as GitHub makes them. */
  readonly anchors: readonly string[]
  readonly headings: readonly string[]
}

export function readDocuments(root: string): Document[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name.replaceAll('\\', '/')}`)
  return ['README.md', 'CHANGELOG.md', ...docs.sort()].map(path =>
    document(path, readFileSync(join(root, path), 'utf8')),
  )
}

export function document(path: string, text: string): Document {
  const blocks = findBlocks(text)
  const prose = text.replace(FENCE, '').replace(/<!--[\s\S]*?-->/g, '')
  const headings = [...prose.matchAll(/^#{1,6} +(.+?) *$/gm)].map(match =>
    (match[1] ?? '').replaceAll('`', ''),
  )
  return {
    path,
    text,
    blocks,
    spans: [...prose.matchAll(/`([^`\n]+)`/g)].map(match => match[1] ?? ''),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(match => match[1] ?? '')
      .filter(link => !/^[a-z]+:/.test(link)),
    headings,
    anchors: headings.map(anchor),
  }
}

const FENCE = /^```(.*)\n([\s\S]*?)^```$/gm

function findBlocks(text: string): Block[] {
  const pieces = [...text.matchAll(/<!-- ts-preamble\n([\s\S]*?)-->|^```(.*)\n([\s\S]*?)^```$/gm)]
  let preamble = ''
  return pieces.flatMap(piece => {
    const [whole, declarations, language = '', body = ''] = piece
    if (declarations !== undefined) {
      preamble = declarations
      return []
    }
    const line = text.slice(0, piece.index + whole.indexOf('\n') + 1).split('\n').length
    return [{ language: language.trim(), text: body, preamble, line }]
  })
}

function anchor(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}
