import { createInterface } from 'node:readline'
import type { CliTerminal, Console } from '../console.js'
import { COULD_NOT, Exit } from '../exit.js'
import { sizeOf } from './size.js'

/** Long enough for what was typed or pasted before the question to have arrived. */
const TYPED_AHEAD_MS = 100

/**
 * Shows the rows, a screen at a time, so that none passes by unread.
 *
 * @throws Exit 2 when the person stops.
 */
export async function showInPages(
  console: Console,
  terminal: CliTerminal,
  rows: readonly string[],
): Promise<void> {
  await forgetTypedAhead(terminal)
  const page = Math.max(2, sizeOf(terminal).rows - 1)
  for (let from = 0; from < rows.length; from += page) {
    const until = Math.min(from + page, rows.length)
    console.print(...rows.slice(from, until))
    if (until === rows.length) return
    const word = await ask(terminal, `-- ${until} of ${rows.length} lines; Enter goes on, q stops: `)
    if (word.trim().toLowerCase() === 'q') throw gaveUp()
  }
}

/**
 * Has the person type the word. Nothing that was typed before the question counts.
 *
 * @throws Exit 2 when the person does not want to.
 */
export async function demandWord(terminal: CliTerminal, word: string): Promise<void> {
  await forgetTypedAhead(terminal)
  const typed = await ask(terminal, `Type ${word} to ${word} exactly this, anything else to leave it: `)
  if (typed.trim().toLowerCase() !== word) throw gaveUp()
}

function gaveUp(): Exit {
  return new Exit(COULD_NOT, 'Nothing was answered.')
}

async function ask({ input, output }: CliTerminal, question: string): Promise<string> {
  const reader = createInterface({ input, output, terminal: true, historySize: 0 })
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once('close', () => reject(gaveUp()))
      reader.question(question, resolve)
    })
  } finally {
    reader.close()
  }
}

async function forgetTypedAhead({ input }: CliTerminal): Promise<void> {
  const drop = (): void => {}
  // Raw, or lines that are not finished yet would stay behind.
  input.setRawMode(true)
  input.on('data', drop)
  input.resume()
  await new Promise(resolve => setTimeout(resolve, TYPED_AHEAD_MS))
  input.pause()
  input.off('data', drop)
  input.setRawMode(false)
}
