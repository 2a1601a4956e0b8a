import type { Command } from 'commander'
import { type InTrail, type WholeStory, wholeStory } from '../../audit/reading/whole-story.js'
import type { Found } from '../../audit/search.js'
import type { Console } from '../console.js'
import { Exit } from '../exit.js'
import { type IndexOption, withIndexOption, withTrails } from '../reading/open-trails.js'
import { orCouldNotRead, readingCommand } from '../reading/reading-command.js'
import { circumstanceLines, statementLines } from '../reading/statement-lines.js'
import { outcomeWords, quotedStatement } from '../record-lines.js'

interface Options extends IndexOption {
  readonly json?: true
}

const NOT_FOUND = 1

/** `cardea audit show`: everything that is on record about one statement. */
export function addAuditShow(audit: Command, console: Console): void {
  const command = readingCommand(
    audit,
    'show',
    'print everything that is on record about one statement',
  ).argument('<id>', 'of its record, its decision, its approval request or its grant')
  withIndexOption(command)
    .option('--json', 'print it as JSON')
    .action((dir: string, id: string, options: Options) =>
      orCouldNotRead(() => print(console, dir, id, options)),
    )
}

async function print(console: Console, dir: string, id: string, { json, ...index }: Options): Promise<void> {
  await withTrails(console, dir, index, async search => {
    const story = await wholeStory(search, id)
    if (story.statements.length + story.events.length === 0) {
      throw new Exit(NOT_FOUND, `Nothing in ${dir} has or names the id ${id}.`)
    }
    if (json === true) console.json(asJson(story))
    else console.print(...storyLines(story, console.plain))
  })
}

function storyLines(story: WholeStory, show: (text: string) => string): readonly string[] {
  const { after, before, events, more, statements } = story
  return [
    ...statements.flatMap(({ found, trail }) =>
      found.kind === 'statement'
        ? [...circumstanceLines(found), ...inTrail(trail), ...statementLines(found, show), '']
        : [],
    ),
    ...section('events', events.map(eventLine)),
    ...section('before it in the session', before.map(neighbourLine)),
    ...section('after it', after.map(neighbourLine)),
    ...(more ? ['There is more: cardea audit search shows all of it.'] : []),
  ]
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map(line => `  ${line}`)]
}

function inTrail(trail: string): readonly string[] {
  return trail === '' ? [] : [`  in the trail ${trail}`]
}

function eventLine({ found }: InTrail): string {
  if (found.kind !== 'event') return ''
  const { detail, event, time } = found.record
  return `${time} ${event} ${JSON.stringify(detail)}`
}

function neighbourLine({ found }: InTrail): string {
  if (found.kind !== 'statement') return ''
  const { id, outcome, statement, time } = found
  const ended = outcome === undefined ? 'open' : outcomeWords(outcome)
  return `${time} ${id} ${statement.decision.effect}, ${ended}: ${quotedStatement(statement)}`
}

/** Each story with the name of its trail, where there are several. */
function asJson({ after, before, events, more, statements }: WholeStory) {
  const plain = (all: readonly InTrail[]): readonly (Found & { readonly trail?: string })[] =>
    all.map(({ found, trail }) => (trail === '' ? found : { trail, ...found }))
  return {
    statements: plain(statements),
    events: plain(events),
    before: plain(before),
    after: plain(after),
    more,
  }
}
