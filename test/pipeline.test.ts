/**
 * The pipeline's own promises: the order of the stages, and what every exit records and releases. The
 * stages around it are stubs in memory; identification and the approval desk are the real ones. The order
 * as compile errors is in approval/stage-order.types.ts.
 */
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { EngineError } from '../src/model/executor.js'
import type { Governor } from '../src/model/governor.js'
import type { Pass } from '../src/model/progress.js'
import { isRefusal, type Refusal, type RefusalCode } from '../src/model/refusal.js'
import type { Submission } from '../src/model/submission.js'
import { approves, bench } from './approval/desk-kit.js'
import {
  calm,
  executor,
  govern,
  governor,
  kit,
  refusal,
  reset,
  rows,
  state,
  submission,
} from './approval/pipeline-kit.js'

const JUDGE = ['identify', 'current', 'analyze', 'decide', 'admit']
const CARRY_OUT = ['intend', 'execute', 'run', 'mask', 'charge', 'release']
/** How a trail entry can end. */
const ENDS = ['release', 'withhold', 'fail', 'refuse', 'abort']
const ends = () => state.log.filter(step => ENDS.includes(step))

beforeEach(reset)

describe('the order', () => {
  test('of an allowed statement', async () => {
    expect(await govern()).toMatchObject({ kind: 'released', result: rows })
    expect(state.log).toEqual([...JUDGE, 'obtain', 'clear', ...CARRY_OUT])
  })

  test('of an approved statement: judged again, against a catalog checked again, before the grant is used', async () => {
    state.effect = 'require_approval'
    expect((await govern()).kind).toBe('released')
    expect(state.log).toEqual([...JUDGE, 'obtain', 'revalidate', ...JUDGE, 'clear', ...CARRY_OUT])
  })

  test('of approving first and governing with the pass', async () => {
    state.effect = 'require_approval'
    const house = governor()
    const pass = passOf(await house.approve(submission, calm))
    expect(state.log).toEqual([...JUDGE, 'obtain'])
    state.log = []
    expect((await house.govern(submission, executor, calm, pass)).kind).toBe('released')
    expect(state.log).toEqual(['current', 'revalidate', ...JUDGE, 'clear', ...CARRY_OUT])
  })

  test('of an allowed statement that was approved a moment ago: judged once', async () => {
    const house = governor()
    const pass = passOf(await house.approve(submission, calm))
    state.log = []
    expect((await house.govern(submission, executor, calm, pass)).kind).toBe('released')
    expect(state.log).toEqual(['current', 'clear', ...CARRY_OUT])
  })

  test.each(['time', 'catalog'])('judged again when the %s has moved on', async moved => {
    let catalog = kit.catalog
    const house = governor({
      catalog: { current: () => catalog, revalidate: async () => catalog, invalidate: () => {} },
    })
    const pass = passOf(await house.approve(submission, calm))
    if (moved === 'catalog') catalog = { ...catalog }
    else state.clock.advance(1_000)
    state.log = []
    await house.govern(submission, executor, calm, pass)
    expect(state.log).toContain('decide')
  })

  test('a memory serves once', async () => {
    const house = governor()
    const pass = passOf(await house.approve(submission, calm))
    await house.govern(submission, executor, calm, pass)
    state.log = []
    await house.govern(submission, executor, calm, pass)
    expect(state.log).toContain('decide')
  })

  test('of a dry run: the same stages up to the decision, and no record, question or execution', async () => {
    const explanation = await governor().explain(submission)
    expect(explanation).toMatchObject({ facts: kit.facts, decision: { rule: kit.decision.rule } })
    expect(state.log).toEqual([...JUDGE.slice(0, 3), 'explain'])
  })

  test('of a dry run by an unknown caller', async () => {
    state.trouble['identify'] = () => null
    const outcome = await governor().explain(submission)
    expect(isRefusal(outcome) && outcome.code).toBe('CARDEA_IDENTITY_REFUSED')
    expect(state.log).toEqual(['identify'])
  })
})

describe('a refusal ends in one record, and the stages after it never run', () => {
  const refusals: readonly (readonly [string, () => void, RefusalCode, string])[] = [
    [
      'unknown caller',
      () => {
        state.trouble['identify'] = () => null
      },
      'CARDEA_IDENTITY_REFUSED',
      'refuse',
    ],
    [
      'denied by policy',
      () => {
        state.effect = 'deny'
      },
      'CARDEA_POLICY_DENIED',
      'refuse',
    ],
    [
      'no budget left, before anybody is asked',
      () => {
        state.effect = 'require_approval'
        state.trouble['admit'] = () => refusal('CARDEA_BUDGET_EXCEEDED')
      },
      'CARDEA_BUDGET_EXCEEDED',
      'refuse',
    ],
    [
      'more than the budget has left',
      () => {
        state.trouble['charge'] = () => Promise.resolve(refusal('CARDEA_BUDGET_EXCEEDED'))
      },
      'CARDEA_BUDGET_EXCEEDED',
      'withhold',
    ],
    [
      'denied by the approver',
      () => {
        state.effect = 'require_approval'
        state.answer = async () => ({ ...approves(), decision: 'denied' })
      },
      'CARDEA_APPROVAL_DENIED',
      'refuse',
    ],
    [
      'nobody to ask',
      () => {
        state.effect = 'require_approval'
        state.answer = () => Promise.reject(new Error('down'))
      },
      'CARDEA_APPROVAL_UNAVAILABLE',
      'refuse',
    ],
    [
      'not cleared',
      () => {
        state.trouble['clear'] = () => Promise.resolve(refusal('CARDEA_GRANT_INVALID'))
      },
      'CARDEA_GRANT_INVALID',
      'refuse',
    ],
    [
      'refused while it ran',
      () => {
        state.trouble['execute'] = () => refusal('CARDEA_ROW_LIMIT')
      },
      'CARDEA_ROW_LIMIT',
      'withhold',
    ],
    [
      'refused by the masker',
      () => {
        state.trouble['mask'] = () => refusal('CARDEA_RESULT_SHAPE')
      },
      'CARDEA_RESULT_SHAPE',
      'withhold',
    ],
  ]

  test.each(refusals)('%s', async (_, arrange, code, end) => {
    arrange()
    const outcome = await govern()
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code } })
    expect(outcome).not.toHaveProperty('result')
    expect(ends()).toEqual([end])
    expect(state.log.at(-1)).toBe(end)
    expect(state.log.includes('intend')).toBe(end === 'withhold')
  })

  test('a caller who gave up while people thought', async () => {
    state.effect = 'require_approval'
    const caller = new AbortController()
    state.answer = async () => {
      caller.abort()
      return approves()
    }
    expect(await govern(caller.signal)).toMatchObject({ refusal: { code: 'CARDEA_ABANDONED' } })
    expect(state.log).not.toContain('run')
    expect(ends()).toEqual(['refuse'])
  })

  test('a refusal of the masker makes the catalog suspect', async () => {
    state.trouble['mask'] = () => refusal('CARDEA_RESULT_SHAPE')
    await govern()
    expect(state.log).toContain('invalidate')
  })

  test('approving first: refused and recorded without a connection', async () => {
    state.effect = 'deny'
    const outcome = await governor().approve(submission, calm)
    expect(isRefusal(outcome)).toBe(true)
    expect(state.log).toEqual([...JUDGE.slice(0, -1), 'refuse'])
  })
})

test('an error of the database is handed on as the masker left it, and recorded', async () => {
  state.databaseSays = { failed: true, message: 'relation "x" does not exist', code: '42P01' }
  const scrubbed: EngineError = { failed: true, message: 'scrubbed', code: '42P01' }
  state.trouble['mask'] = () => ({ executed: {}, result: scrubbed, counts: () => ({}) })
  expect(await govern()).toMatchObject({ kind: 'failed', error: scrubbed })
  expect(ends()).toEqual(['release'])
})

describe('a stage that throws: recorded once, nothing released, nothing run that had not begun', () => {
  class Boom extends Error {}
  const boom = () => {
    throw new Boom('boom')
  }
  const rejected = () => Promise.reject(new Boom('boom'))

  test.each(['current', 'analyze', 'decide', 'obtain', 'clear'])('%s', async stage => {
    for (const how of [boom, rejected]) {
      state.log = []
      state.trouble = { [stage]: stage === 'analyze' ? boom : how }
      await expect(govern()).rejects.toThrow(Boom)
      expect(state.log).not.toContain('intend')
      expect(state.log).not.toContain('run')
      expect(ends()).toEqual(['abort'])
    }
  })

  test.each(['revalidate', 'clear'])('%s, with a grant at hand', async stage => {
    state.effect = 'require_approval'
    state.trouble = { [stage]: rejected }
    await expect(govern()).rejects.toThrow(Boom)
    expect(state.log).not.toContain('run')
    expect(ends()).toEqual(['abort'])
  })

  test.each(['execute', 'run', 'mask', 'release'])('%s', async stage => {
    for (const how of [boom, rejected]) {
      state.log = []
      state.trouble = { [stage]: stage === 'mask' ? boom : how }
      await expect(govern()).rejects.toThrow(Boom)
      expect(ends()).toEqual(stage === 'release' ? ['release', 'fail'] : ['fail'])
    }
  })

  test('an identity provider that throws is a refusal, not a way in', async () => {
    state.trouble['identify'] = boom
    expect(await govern()).toMatchObject({ refusal: { code: 'CARDEA_IDENTITY_REFUSED' } })
    expect(state.log).toEqual(['identify', 'refuse'])
  })

  test('approving first', async () => {
    state.trouble['decide'] = boom
    await expect(governor().approve(submission, calm)).rejects.toThrow(Boom)
    expect(ends()).toEqual(['abort'])
  })
})

describe('a trail that cannot write', () => {
  class Full extends Error {}
  const full = () => Promise.reject(new Full('full'))

  test('the intent: the executor is never called', async () => {
    state.trouble['intend'] = full
    await expect(govern()).rejects.toThrow(Full)
    expect(state.log).not.toContain('run')
    expect(ends()).toEqual([])
  })

  test('a refusal: the caller does not even learn that it was one', async () => {
    state.effect = 'deny'
    state.trouble['refuse'] = full
    await expect(govern()).rejects.toThrow(Full)
    await expect(governor().approve(submission, calm)).rejects.toThrow(Full)
  })

  test('the outcome: nothing is released', async () => {
    state.trouble['release'] = full
    state.trouble['fail'] = full
    await expect(govern()).rejects.toThrow(Full)
  })

  test('a withheld result: nothing is released', async () => {
    state.trouble['mask'] = () => refusal('CARDEA_SENSITIVE_DATA')
    state.trouble['withhold'] = full
    await expect(govern()).rejects.toThrow(Full)
    expect(state.log).not.toContain('release')
  })

  test('a step of the approval: nobody runs', async () => {
    state.effect = 'require_approval'
    const { desk } = bench(async () => approves(), { onNote: full })
    const house = governor({ desk })
    await expect(house.govern(submission, executor, calm)).rejects.toThrow(Full)
    expect(state.log).not.toContain('run')
  })
})

describe('a pass', () => {
  const other: Submission = { ...submission, statement: 'drop table cards' }

  async function passFor(house: Governor): Promise<Pass> {
    state.effect = 'require_approval'
    const pass = passOf(await house.approve(submission, calm))
    state.log = []
    return pass
  }

  test('for one statement does not run another', async () => {
    const house = governor()
    const pass = await passFor(house)
    const outcome = await house.govern(other, executor, calm, pass)
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'CARDEA_GRANT_INVALID' } })
    expect(state.log).not.toContain('run')
    expect(ends()).toEqual(['refuse'])
  })

  test('runs one of two who come with it at once', async () => {
    const house = governor()
    const pass = await passFor(house)
    const outcomes = await Promise.all([1, 2].map(() => house.govern(submission, executor, calm, pass)))
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['refused', 'released'])
    expect(state.log.filter(step => step === 'run')).toHaveLength(1)
  })

  test('does not outlive a policy that has come to deny', async () => {
    const house = governor()
    const pass = await passFor(house)
    state.effect = 'deny'
    expect(await house.govern(submission, executor, calm, pass)).toMatchObject({
      refusal: { code: 'CARDEA_POLICY_DENIED' },
    })
    expect(state.log).not.toContain('run')
  })

  test('policy that denies only at the second look still denies', async () => {
    const house = governor()
    const pass = await passFor(house)
    state.trouble['revalidate'] = () => {
      state.effect = 'deny'
      return kit.catalog
    }
    expect(await house.govern(submission, executor, calm, pass)).toMatchObject({
      refusal: { code: 'CARDEA_POLICY_DENIED' },
    })
    expect(state.log).not.toContain('clear')
  })

  test('does not survive a schema that changed meanwhile', async () => {
    let version = 'catalog-1'
    const house = governor({
      analyzer: {
        analyze: identified =>
          ({ ...identified, facts: kit.facts, catalog: { ...kit.catalog, version } }) as never,
      },
    })
    const pass = await passFor(house)
    version = 'catalog-2'
    expect(await house.govern(submission, executor, calm, pass)).toMatchObject({
      refusal: { code: 'CARDEA_GRANT_INVALID' },
    })
    expect(state.log).not.toContain('run')
  })

  test('given for an allowed statement does not stand in for an approval', async () => {
    const house = governor()
    const pass = passOf(await house.approve(submission, calm))
    state.clock.advance(1_000)
    state.effect = 'require_approval'
    state.answer = async () => ({ ...approves(), decision: 'denied' })
    expect((await house.govern(submission, executor, calm, pass)).kind).toBe('refused')
    expect(state.log).not.toContain('run')
  })

  test('made up by hand is refused', async () => {
    state.effect = 'require_approval'
    const forged = { grant: { id: 'id-2', requestId: 'id-1', answers: [approves()] } } as unknown as Pass
    expect(await governor().govern(submission, executor, calm, forged)).toMatchObject({
      refusal: { code: 'CARDEA_GRANT_INVALID' },
    })
  })
})

function passOf(outcome: Pass | Refusal): Pass {
  if (isRefusal(outcome)) throw new Error(`refused: ${outcome.code}`)
  return outcome
}
