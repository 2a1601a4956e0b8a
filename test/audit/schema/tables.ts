/** The tables of docs/audit-schema.md, made from the JSON Schema. */

interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly type?: string
  readonly const?: string | number
  readonly enum?: readonly string[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly description?: string
}

export function tables(json: string): string {
  const schema: Schema = JSON.parse(json)
  const { statement = {}, principal = {}, outcome = {} } = schema.$defs ?? {}
  const [intent = {}, ended = {}, single = {}] = schema.anyOf ?? []
  const events = single.properties?.['event']?.anyOf ?? []
  const lines = { ...ended.properties, ...intent.properties, ...single.properties, ...shared(schema) }
  return [
    '## Every line',
    table(lines, everywhere(schema)),
    '## statement',
    'In `body`.',
    table(flat(statement), flatRequired(statement)),
    '## principal',
    table(principal.properties ?? {}, principal.required ?? []),
    '## outcome',
    table(flat(outcome), flatRequired(outcome)),
    '## Events',
    'Those of phase `single`.',
    ['| event | when |', '| --- | --- |']
      .concat(events.map(event => `| \`${event.const}\` | ${event.description} |`))
      .join('\n'),
  ].join('\n\n')
}

/** What differs from phase to phase, in words. */
function shared(schema: Schema): Record<string, Schema> {
  const of = (name: string) => (schema.anyOf ?? []).map(one => one.properties?.[name]?.const)
  return {
    event: { type: 'string', description: '`statement`, or one of the events below.' },
    phase: { enum: of('phase').map(String), description: 'A statement has an intent and an outcome.' },
    body: { $ref: '#/$defs/statement', description: 'Of an intent, and of an outcome without one.' },
    outcome: { $ref: '#/$defs/outcome', description: 'Of an outcome.' },
  }
}

function everywhere({ anyOf = [] }: Schema): readonly string[] {
  const [first, ...others] = anyOf.map(({ required = [] }) => required)
  return (first ?? []).filter(name => others.every(required => required.includes(name)))
}

/** Members of members, as `agent.id`. */
function flat(schema: Schema, before = ''): Record<string, Schema> {
  const entries = Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const inner = member.properties === undefined ? member.items : member
    const list = inner === member ? '' : '[]'
    const below = inner?.properties === undefined ? {} : flat(inner, `${before}${name}${list}.`)
    return [[`${before}${name}`, member] as const, ...Object.entries(below)]
  })
  return Object.fromEntries(entries)
}

function flatRequired(schema: Schema, before = ''): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const inner = member.properties === undefined ? member.items : member
    const list = inner === member ? '' : '[]'
    const own = schema.required?.includes(name) === true ? [`${before}${name}`] : []
    return inner === undefined ? own : [...own, ...flatRequired(inner, `${before}${name}${list}.`)]
  })
}

function table(members: Readonly<Record<string, Schema>>, required: readonly string[]): string {
  const rows = Object.entries(members).map(([name, member]) => {
    const always = required.includes(name) ? 'always' : ''
    return `| \`${name}\` | ${typeOf(member)} | ${always} | ${member.description ?? ''} |`
  })
  return ['| member | type | | |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function typeOf(schema: Schema): string {
  const { $ref, anyOf, const: only, enum: words, items, type } = schema
  if ($ref !== undefined) return `[${$ref.slice('#/$defs/'.length)}](#${$ref.slice('#/$defs/'.length)})`
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(' or ')
  if (only !== undefined) return `\`${only}\``
  if (words !== undefined) return words.map(word => `\`${word}\``).join(', ')
  if (type === 'array') return items === undefined ? 'list' : `list of ${typeOf(items)}`
  return type ?? 'anything'
}
