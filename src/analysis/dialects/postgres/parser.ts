/// <reference path="./libpg-query.d.ts" />
/**
 * PostgreSQL's own parser, as WebAssembly. A parse that ends in anything but a tree or a syntax error
 * (a stack overflow, say) leaves the instance's memory in an unknown state and, repeated, makes it fail
 * for good; such an instance is dropped at once and a spare takes its place. While no spare is ready
 * every statement is refused.
 */
import factory, { type PgQueryInstance } from 'libpg-query/wasm/libpg-query.js'
import { AnalysisStop } from '../../stop.js'

export interface PostgresParser {
  /** The parser's own JSON tree. @throws AnalysisStop for text that it does not accept. */
  parse(text: string): unknown
}

export async function loadPostgresParser(): Promise<PostgresParser> {
  let current: PgQueryInstance | null = await newInstance()
  let spare: PgQueryInstance | null = await newInstance()
  let making = false

  function replenish(): void {
    if (making || (current !== null && spare !== null)) return
    making = true
    void newInstance().then(
      made => {
        making = false
        if (current === null) current = made
        else spare = made
        replenish()
      },
      () => {
        making = false
      },
    )
  }

  return {
    parse(text) {
      if (current === null) {
        replenish()
        throw new AnalysisStop(
          'parser_failure',
          'The parser is restarting after a hostile statement. Try again shortly.',
        )
      }
      try {
        return parseOnce(current, text)
      } catch (error) {
        if (error instanceof AnalysisStop) throw error
        current = spare
        spare = null
        replenish()
        throw new AnalysisStop(
          'parser_failure',
          'The parser failed on this statement. Split it or make it simpler.',
        )
      }
    },
  }
}

/** The options object becomes the instance: one for each, or the later instance overwrites the earlier. */
function newInstance(): Promise<PgQueryInstance> {
  return factory({ print: () => undefined, printErr: () => undefined })
}

function parseOnce(instance: PgQueryInstance, text: string): unknown {
  const bytes = instance.lengthBytesUTF8(text) + 1
  const input = instance._malloc(bytes)
  instance.stringToUTF8(text, input, bytes)
  const result = instance._wasm_parse_query_raw(input)
  const tree = instance.getValue(result, 'i32')
  const error = instance.getValue(result + 8, 'i32')
  // The message is not passed on: the server's grammar quotes the offending literal in it.
  const position = error === 0 ? 0 : instance.getValue(error + 16, 'i32')
  const json = error === 0 ? instance.UTF8ToString(tree) : ''
  instance._free(input)
  instance._wasm_free_parse_result(result)
  if (error !== 0) throw new AnalysisStop('syntax', syntaxReason(position))
  return JSON.parse(json)
}

function syntaxReason(position: number): string {
  const at = position > 0 ? ` near character ${position}` : ''
  return `PostgreSQL's grammar does not accept the statement${at}. Correct the syntax.`
}
