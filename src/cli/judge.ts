import { loadAnalyzer } from '../analysis/analyze.js'
import { unmatchedLabels } from '../catalog/labels.js'
import { type CatalogOptions, withCatalog } from '../connect/catalog-connection.js'
import { assertedIdentity } from '../identity/asserted.js'
import type { Dialect } from '../model/dialect.js'
import type { Governor } from '../model/governor.js'
import type { Submission } from '../model/submission.js'
import { dryRun } from '../pipeline.js'
import { policyEngine } from '../policy/engine.js'
import { loadPolicy } from '../policy/load.js'
import type { Clock } from '../util/clock.js'
import { ulids } from '../util/ids.js'
import type { Console } from './console.js'

/** A pipeline over a policy file and a schema, for dry runs. */
export interface Judge {
  readonly governor: Pick<Governor, 'explain'>
  readonly dialect: Dialect
}

/** Opens the pipeline's own dry run for as long as `use` works. Warns of label rules that label nothing. */
export async function withJudge(
  options: CatalogOptions & { readonly policy: string },
  clock: Clock,
  console: Console,
  use: (judge: Judge) => Promise<void>,
): Promise<void> {
  const policy = await loadPolicy(options.policy)
  await withCatalog(options, policy.labels, clock, async catalog => {
    const picture = await catalog.current()
    for (const { column, label } of unmatchedLabels(picture, policy.labels)) {
      console.note(`warning: the label rule ${column} (${label}) matches no column of this schema`)
    }
    const court = {
      identity: assertedIdentity(),
      catalog,
      analyzer: await loadAnalyzer(),
      decisions: { engine: policyEngine(policy), hooks: [], clock, ids: ulids(clock) },
      clock,
    }
    const governor = { explain: (submission: Submission) => dryRun(court, submission) }
    await use({ governor, dialect: picture.dialect })
  })
}
