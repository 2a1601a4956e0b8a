/**
 * Block Kit as https://docs.slack.dev/reference/block-kit documents it, for the parts that approvals use:
 * what Slack would refuse is refused here, and so is whatever nobody documents.
 */
type Fields = Readonly<Record<string, unknown>>

/** What Slack has been seen to accept in all blocks of a message together. */
const LONGEST_MESSAGE = 13_000

export class BlockProblem extends Error {}

export function demandMessage(message: Fields): void {
  const { text, blocks } = message
  if (typeof text !== 'string' || text === '') throw new BlockProblem('no_text')
  if (text.length > 40_000) throw new BlockProblem('msg_too_long')
  if (!Array.isArray(blocks) || blocks.length < 1 || blocks.length > 50)
    throw new BlockProblem('invalid_blocks')
  checked(() => blockList(blocks, ['header', 'section', 'actions']))
  if (JSON.stringify(blocks).length > LONGEST_MESSAGE + 2_000 || lengthOf(blocks) > LONGEST_MESSAGE) {
    throw new BlockProblem('msg_blocks_too_long')
  }
}

export function demandModal(view: unknown): void {
  try {
    modal(view)
  } catch {
    throw new BlockProblem('invalid_arguments')
  }
}

function modal(view: unknown): void {
  const fields = only(view, ['type', 'callback_id', 'private_metadata', 'title', 'submit', 'close', 'blocks'])
  demand(fields['type'] === 'modal')
  plainText(fields['title'], 24)
  if (fields['submit'] !== undefined) plainText(fields['submit'], 24)
  if (fields['close'] !== undefined) plainText(fields['close'], 24)
  optional(fields['callback_id'], 255)
  optional(fields['private_metadata'], 3_000)
  const { blocks } = fields
  demand(Array.isArray(blocks) && blocks.length >= 1 && blocks.length <= 100)
  blockList(blocks as unknown[], ['section', 'input'])
  const asks = (blocks as Fields[]).some(({ type }) => type === 'input')
  demand(!asks || fields['submit'] !== undefined)
}

function blockList(blocks: readonly unknown[], allowed: readonly string[]): void {
  const ids = new Set<unknown>()
  for (const block of blocks) {
    const { type, block_id: id } = block as Fields
    demand(typeof type === 'string' && allowed.includes(type))
    optional(id, 255)
    if (id !== undefined) demand(!ids.has(id) && ids.add(id) !== undefined)
    if (type === 'header') headerBlock(block)
    if (type === 'section') sectionBlock(block)
    if (type === 'actions') actionsBlock(block)
    if (type === 'input') inputBlock(block)
  }
}

function headerBlock(block: unknown): void {
  plainText(only(block, ['type', 'block_id', 'text'])['text'], 150)
}

function sectionBlock(block: unknown): void {
  const { text } = only(block, ['type', 'block_id', 'text'])
  if ((text as Fields)['type'] === 'plain_text') {
    plainText(text, 3_000)
    return
  }
  const { type, text: words, verbatim } = only(text, ['type', 'text', 'verbatim'])
  demand(type === 'mrkdwn' && [undefined, true, false].includes(verbatim as boolean))
  bounded(words, 3_000)
}

function actionsBlock(block: unknown): void {
  const { elements } = only(block, ['type', 'block_id', 'elements'])
  demand(Array.isArray(elements) && elements.length >= 1 && elements.length <= 25)
  const ids = (elements as unknown[]).map(element => {
    const button = only(element, ['type', 'action_id', 'text', 'style', 'value'])
    demand(button['type'] === 'button')
    bounded(button['action_id'], 255)
    plainText(button['text'], 75)
    bounded(button['value'], 2_000)
    demand([undefined, 'primary', 'danger'].includes(button['style'] as string))
    return button['action_id']
  })
  demand(new Set(ids).size === ids.length)
}

function inputBlock(block: unknown): void {
  const {
    label,
    element,
    optional: mayBeEmpty,
  } = only(block, ['type', 'block_id', 'label', 'element', 'optional'])
  plainText(label, 2_000)
  demand([undefined, true, false].includes(mayBeEmpty as boolean))
  const input = only(element, ['type', 'action_id', 'multiline', 'max_length'])
  demand(input['type'] === 'plain_text_input' && typeof input['multiline'] === 'boolean')
  bounded(input['action_id'], 255)
  const most = Number(input['max_length'])
  demand(Number.isInteger(most) && most >= 1 && most <= 3_000)
}

function plainText(text: unknown, most: number): void {
  const { type, text: words, emoji } = only(text, ['type', 'text', 'emoji'])
  demand(type === 'plain_text' && [undefined, true, false].includes(emoji as boolean))
  bounded(words, most)
}

function optional(text: unknown, most: number): void {
  if (text !== undefined) bounded(text, most)
}

function bounded(text: unknown, most: number): void {
  demand(typeof text === 'string' && text.length >= 1 && text.length <= most)
}

function only(value: unknown, known: readonly string[]): Fields {
  demand(typeof value === 'object' && value !== null && !Array.isArray(value))
  demand(Object.keys(value as Fields).every(name => known.includes(name)))
  return value as Fields
}

function demand(holds: boolean): void {
  if (!holds) throw new BlockProblem('invalid_blocks')
}

function checked(check: () => void): void {
  try {
    check()
  } catch {
    throw new BlockProblem('invalid_blocks')
  }
}

function lengthOf(blocks: readonly unknown[]): number {
  return sectionsOf(blocks).join('').length
}

/** The mrkdwn texts of the sections, in order. */
export function sectionsOf(blocks: readonly unknown[]): readonly string[] {
  return (blocks as { type: string; text?: { type: string; text: string } }[]).flatMap(({ type, text }) =>
    type === 'section' && text?.type === 'mrkdwn' ? [text.text] : [],
  )
}

/** What a reader sees of a mrkdwn text: code and other text apart, entities resolved. */
export interface Seen {
  readonly code: string
  readonly prose: string
  /** Links, mentions and the like that Slack would make of it. */
  readonly live: readonly string[]
}

/** https://docs.slack.dev/messaging/formatting-message-text */
export function seen(text: string): Seen {
  const parts = text.split('```')
  // An even number of parts: a code block that does not end.
  if (parts.length % 2 === 0) throw new Error('a code block has no end')
  const resolved = (part: string) => part.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')
  return {
    code: parts
      .filter((_, at) => at % 2 === 1)
      .map(resolved)
      .join(''),
    prose: parts
      .filter((_, at) => at % 2 === 0)
      .map(resolved)
      .join(''),
    live: text.match(/<[^>]*>?/g) ?? [],
  }
}
