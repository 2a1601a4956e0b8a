/** Whitespace and comments. */
import { AnalysisStop } from '../../stop.js'

const LINE_FEED = 10

/** @returns where the next token begins. @throws AnalysisStop for a comment that some server executes. */
export function skipBlank(source: string, start: number): number {
  let at = start
  while (at < source.length) {
    const code = source.charCodeAt(at)
    if (code === 32 || (code >= 9 && code <= 13)) at += 1
    else if (code === 35 || (code === 45 && startsDashComment(source, at))) at = lineEnd(source, at)
    else if (code === 47 && source.charCodeAt(at + 1) === 42) at = commentEnd(source, at)
    else break
  }
  return at
}

/** `--` begins a comment only before a blank, a control character or the end: `5--2` is 7. */
function startsDashComment(source: string, at: number): boolean {
  if (source.charCodeAt(at + 1) !== 45) return false
  if (at + 2 >= source.length) return true
  const next = source.charCodeAt(at + 2)
  return next <= 32 || next === 127
}

/** A line ends with a line feed: a carriage return alone does not end a comment. */
function lineEnd(source: string, start: number): number {
  let at = start
  while (at < source.length && source.charCodeAt(at) !== LINE_FEED) at += 1
  return at
}

function commentEnd(source: string, start: number): number {
  const end = source.indexOf('*/', start + 2)
  if (end < 0) throw new AnalysisStop('syntax', 'A comment is never closed.')
  const body = source.slice(start + 2, end)
  if (body.startsWith('!') || body.startsWith('M!') || body.startsWith('m!') || body.includes('/*')) {
    throw new AnalysisStop(
      'syntax',
      'A comment that some servers execute, or that holds another comment, is refused. Remove it.',
    )
  }
  // MySQL reads hints by rules of their own, and one of them sets variables.
  if (body.startsWith('+') && (/['"`]/.test(body) || /set_var|resource_group/i.test(body)))
    throw new AnalysisStop('syntax', 'An optimizer hint with quotes or settings is refused. Remove it.')
  return end + 2
}
