const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
const paint = (code: string) => (text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)

export const bold = paint('1')
export const dim = paint('2')
export const green = paint('32')
export const red = paint('31')
export const yellow = paint('33')

export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}

export function scene(number: number, title: string): void {
  say()
  say(bold(`── ${number}. ${title} ${'─'.repeat(Math.max(0, 72 - title.length))}`))
}

export function field(name: string, text: string): void {
  const [first = '', ...rest] = text.trim().split('\n')
  say(`  ${dim(name.padEnd(9))} ${first}`)
  for (const line of rest) say(`  ${' '.repeat(9)} ${line.trim()}`)
}

/** A small text table of what the agent received. */
export function table(rows: readonly Record<string, unknown>[]): void {
  const [head] = rows
  if (head === undefined) {
    say(`  ${dim('(no rows)')}`)
    return
  }
  const names = Object.keys(head)
  const cells = rows.map(row => names.map(name => String(row[name] ?? '∅')))
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map(row => row[i]?.length ?? 0)))
  const line = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')
  say(`            ${dim(line(names))}`)
  for (const row of cells) say(`            ${line(row)}`)
}
