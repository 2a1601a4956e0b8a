/** What callers look at without running anything, as records name it. */
import type { Look } from '../model/statements.js'
import { withTexts } from '../util/texts.js'
import type { Parts } from './assemble.js'
import type { Caller } from './statements.js'

/** @throws AuditUnavailableError. */
export async function onRecord(
  { reign, scrubber, trail }: Pick<Parts, 'reign' | 'scrubber' | 'trail'>,
  caller: Caller,
  look: Look,
): Promise<void> {
  const { agent, credentials, dataSource, origination, point, session } = caller
  const { subject, issuer } = credentials.kind === 'asserted' ? credentials.principal : {}
  const who = {
    ...(subject === undefined || issuer === undefined ? {} : { principal: { subject, issuer } }),
    ...(agent === undefined ? {} : { agent: { framework: agent.framework, id: agent.id } }),
    session,
    origination,
    point,
    dataSource: dataSource.id,
  }
  // Of what is of a statement or names data, also what the policy looks for beside card data.
  const said = scrubber.also(reign.now().engine.detect)
  if (look.at === 'catalog') {
    const { at: _, ...sought } = look
    await trail.note('catalog.read', { ...who, ...withTexts(sought, text => said.text(text)) })
    return
  }
  const { decision, facts } = look.explanation
  const { effect, id, policyHash, rule } = decision
  await trail.note('statement.explain', {
    ...who,
    decision: { id, effect, rule, policyHash },
    ...(facts.analyzable
      ? { kind: facts.kind, fingerprint: said.text(facts.fingerprint) }
      : { problem: facts.code }),
  })
}
