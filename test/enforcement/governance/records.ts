/** Records of a trail without what two runs of one statement never have in common. */

type Fields = Readonly<Record<string, unknown>>

interface Line {
  readonly event?: string
  readonly id: string
  readonly body?: Fields & { readonly session: string; readonly statement: string }
  readonly outcome?: Fields
}

/** By session and statement: its intent and outcome in one, in the order in which they came. */
export function recordsBySession(trail: string): ReadonlyMap<string, ReadonlyMap<string, readonly Fields[]>> {
  const whole = new Map<string, Line>()
  for (const text of trail.split('\n')) {
    if (!text.includes('"event":"statement"')) continue
    const line = JSON.parse(text) as Line
    whole.set(line.id, { ...whole.get(line.id), ...line })
  }
  const sessions = new Map<string, Map<string, Fields[]>>()
  for (const { body, outcome } of whole.values()) {
    if (body === undefined || outcome === undefined) throw new Error('a record without its other half')
    const { session, statement, ...rest } = body
    const records = sessions.get(session) ?? new Map<string, Fields[]>()
    sessions.set(session, records)
    records.set(statement, [...(records.get(statement) ?? []), { ...common(rest), outcome: ended(outcome) }])
  }
  return sessions
}

function common({ point: _, origination: __, decision, approval, ...rest }: Fields): Fields {
  const { id: ___, ...judged } = decision as Fields
  return {
    ...rest,
    decision: judged,
    ...(approval === undefined ? {} : { approval: given(approval as Fields) }),
  }
}

function given({ grant: _, request: __, grantedAt: ___, expiresAt: ____, ...rest }: Fields): Fields {
  return rest
}

function ended({ bytes: ____, durationMs: _, digest: __, digestForm: ___, ...rest }: Fields): Fields {
  return rest
}
