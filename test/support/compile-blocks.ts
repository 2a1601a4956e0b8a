/** Type-checks the TypeScript in documents as one program, with `cardea` standing for src/. */
import { join } from 'node:path'
import ts from 'typescript'
import type { Document } from './documents.js'

/** One line for each mistake, with the document's own line number. */
export function compileBlocks(root: string, documents: readonly Document[]): string[] {
  const files = new Map<string, { path: string; source: string; offset: number }>()
  for (const { path, blocks } of documents) {
    for (const { language, preamble, text, line } of blocks) {
      if (language !== 'ts') continue
      const source = `${preamble}${text}\nexport {}\n`
      const name = join(root, `block-${files.size}.ts`)
      files.set(name, { path, source, offset: line - preamble.split('\n').length })
    }
  }
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile } = host
  host.fileExists = name => files.has(name) || fileExists(name)
  host.readFile = name => files.get(name)?.source ?? readFile(name)
  const program = ts.createProgram([...files.keys()], options, host)
  return [...files].flatMap(([name, { path, offset }]) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(name)).map(({ messageText, file, start = 0 }) => {
      const at = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
      return `${path}:${at + offset} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    }),
  )
}
