/** Reads a stream of server-sent events (HTML Standard 9.2.6), as far as an inbox writes them. */

const LONGEST_EVENT = 64 * 1024

/** @yields the data of each event named `change`. */
export async function* changesIn(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let name = ''
  let data = ''
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    // A CR at the end may be the first half of CR LF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (name === 'change' && data !== '') yield data
        name = ''
        data = ''
      } else if (/^event:/.test(line)) name = fieldOf(line)
      else if (/^data:/.test(line)) data += fieldOf(line)
    }
    if (rest.length + data.length > LONGEST_EVENT) return
  }
}

function fieldOf(line: string): string {
  return line.replace(/^\w+: ?/, '')
}
