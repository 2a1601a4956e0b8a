/** Everything that may happen to requests, as commands that fast-check puts in any order. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { Answered } from '../../../src/approval/approval-queue.js'
import { Gone } from './desk-process.js'
import { type House, inTime, PROCESSES, type Seat } from './house.js'
import { type Given, mayCount, PEOPLE, Request, SECOND } from './ledger.js'
import type { Outcome, Spec } from './protocol.js'

const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

type Act = (house: House) => Promise<void>

class Command implements fc.AsyncCommand<object, House> {
  constructor(
    readonly words: string,
    readonly act: Act,
  ) {}
  check(): boolean {
    return true
  }
  run(_: object, house: House): Promise<void> {
    return this.act(house)
  }
  toString(): string {
    return this.words
  }
}

/** One kind of command: drawn by chance, or with values that a scenario gives. */
interface Kind<T extends object> {
  readonly arbitrary: fc.Arbitrary<Command>
  of(values: T): Command
}

/** @param act what the command does with its values. */
function command<T extends object>(
  name: string,
  values: fc.Arbitrary<T>,
  act: (values: T, house: House) => Promise<void>,
): Kind<T> {
  const of = (drawn: T) => new Command(`${name} ${JSON.stringify(drawn)}`, house => act(drawn, house))
  return { arbitrary: values.map(of), of }
}

const seat = fc.nat(PROCESSES - 1)
/** The latest requests are the most interesting ones. */
const back = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(4))
const asked = fc.record({
  statement: fc.constantFrom<string[]>('delete from a where b = $1', 'delete from c where d = $1'),
  binding: fc.constantFrom<number[]>(1, 2),
  asker: fc.constantFrom<Spec['asker'][]>('alice', 'bot-for-alice'),
  quorum: fc.constantFrom<Spec['quorum'][]>(1, 2),
})
const given = fc.record({
  person: fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 2, arbitrary: fc.nat(PEOPLE.length - 1) }),
  decision: fc.constantFrom<Given['decision'][]>('approved', 'approved', 'approved', 'approved', 'denied'),
  reason: fc.constantFrom<string[]>('ticket 42', 'ticket 42', 'ticket 42', ' '),
})

const askForTicket = command('ask for a ticket', fc.record({ seat, asked }), async (drawn, house) => {
  const spec: Spec = {
    ...drawn.asked,
    mode: 'ticket',
    session: 'shared',
    policy: house.policy,
    catalog: house.catalog,
  }
  const { process } = house.seat(drawn.seat)
  const call = house.next()
  await process.order({ do: 'ask', call, spec })
  const outcome = await inTime(process.settled(call), 'a request for a ticket')
  const same = house.requests.filter(one => JSON.stringify(one.spec) === JSON.stringify(spec))
  const open = same.find(one => ['pending', 'approved'].includes(one.standing(house.now)))
  const id = outcome.kind === 'pass' ? outcome.id : outcome.ticket
  const known = same.find(one => one.id === id)
  if (outcome.kind === 'pass') assert.equal(known?.state, 'approved', 'a pass without an approval')
  if (open?.isCertain(house.now) === true && open.sound) {
    assert.equal(id, open.id, `asked again for what is ${open.state}: ${JSON.stringify(outcome)}`)
  } else if (house.isCalm && same.every(one => one.calm && one.sound)) {
    assert.equal(outcome.kind === 'refused' ? outcome.code : '', 'CARDEA_APPROVAL_PENDING')
  }
  if (id === undefined || known !== undefined) return
  house.tally.asked += 1
  house.requests.push(new Request(id, spec, house.now, null, house.isCalm))
})

const askAndWait = command('ask and wait', fc.record({ seat, asked }), async (drawn, house) => {
  const spec: Spec = {
    ...drawn.asked,
    mode: 'wait',
    session: house.next(),
    policy: house.policy,
    catalog: house.catalog,
  }
  const { process, incarnation } = house.seat(drawn.seat)
  const call = house.next()
  await process.order({ do: 'ask', call, spec })
  const first = process
    .settled(call)
    .then(outcome => assert.fail(`it did not wait: ${JSON.stringify(outcome)}`))
  first.catch(() => {})
  const id = await inTime(Promise.race([process.announced(spec.session), first]), 'a request that waits')
  house.tally.asked += 1
  house.requests.push(new Request(id, spec, house.now, { incarnation, call }, house.isCalm))
})

interface Drawn {
  readonly person: number
  readonly decision: Given['decision']
  readonly reason: string
}

function givenBy({ person, decision, reason }: Drawn): Given {
  const one = PEOPLE[person]
  assert.ok(one !== undefined)
  return { person: one, decision, reason }
}

async function answer(house: House, at: number, id: string, one: Given): Promise<Answered> {
  const { person, decision, reason } = one
  const { approver } = person
  const { process } = house.seat(at)
  const value = await inTime(
    process.order({ do: 'answer', id, answer: { decision, approver, reason } }),
    'an answer',
  )
  return value as Answered
}

function note(house: House, request: Request, one: Given, answered: Answered): void {
  if (answered.counted) {
    house.tally.counted += 1
    request.count(one, house.now)
  } else house.tally.notCounted += 1
}

/** The caller that waits is told, in whichever process the answer came in. */
async function toldOfApproval(house: House, request: Request): Promise<void> {
  const { wait, id } = request
  const owner = house.seats.find(({ incarnation }) => incarnation === wait?.incarnation)
  if (wait === null || owner === undefined || request.state !== 'approved') return
  if (!request.isCertain(house.now)) return
  const outcome = await inTime(owner.process.settled(wait.call), `the caller that waits for ${id}`)
  assert.equal(outcome.kind === 'pass' ? outcome.id : outcome.code, id)
}

const answerOne = command('answer', fc.record({ seat, back, given }), async (drawn, house) => {
  const request = house.request(drawn.back)
  if (request === undefined) return
  const one = givenBy(drawn.given)
  const before = request.standing(house.now)
  const certain = request.isCertain(house.now)
  const expected =
    before === 'pending' && request.sound && mayCount(one) && !request.approvals.has(one.person.who ?? '')
  const answered = await answer(house, drawn.seat, request.id, one)
  if (certain) assert.equal(answered.counted, expected, JSON.stringify([drawn, answered, before]))
  note(house, request, one, answered)
  await toldOfApproval(house, request)
})

const race = fc.array(fc.record({ seat, given }), { minLength: 2, maxLength: 4 })
const answerAtOnce = command('answer at once', fc.record({ back, race }), async (drawn, house) => {
  const request = house.request(drawn.back)
  if (request === undefined) return
  const tries = drawn.race.map(one => ({ at: one.seat, one: givenBy(one.given) }))
  const answers = await Promise.all(
    tries.map(async ({ at, one }) => ({ one, answered: await answer(house, at, request.id, one) })),
  )
  // A denial ends it, so whatever else was counted came before.
  const order = answers.sort((a, b) => a.one.decision.localeCompare(b.one.decision))
  for (const { one, answered } of order) note(house, request, one, answered)
  await toldOfApproval(house, request)
})

const abandon = command('abandon', fc.record({ back }), async (drawn, house) => {
  const request = house.request(drawn.back)
  const owner = house.seats.find(({ incarnation }) => incarnation === request?.wait?.incarnation)
  if (request?.wait == null || owner === undefined) return
  const { call } = request.wait
  await owner.process.order({ do: 'abort', call })
  const outcome = await inTime(owner.process.settled(call), 'an abandoned wait')
  if (outcome.kind === 'pass') return
  house.tally.abandoned += 1
  if (request.state === 'pending' || request.state === 'approved') request.state = 'withdrawn'
})

const twists = ['same', 'same', 'same', 'same', 'binding', 'statement', 'session', 'asker', 'quorum'] as const

function twisted(spec: Spec, twist: (typeof twists)[number]): Spec {
  switch (twist) {
    case 'same':
      return spec
    case 'binding':
      return { ...spec, binding: spec.binding + 1 }
    case 'statement':
      return { ...spec, statement: `${spec.statement} ` }
    case 'session':
      return { ...spec, session: 'another' }
    case 'asker':
      return { ...spec, asker: spec.asker === 'alice' ? 'bot-for-alice' : 'alice' }
    case 'quorum':
      return { ...spec, quorum: spec.quorum === 1 ? 2 : 1 }
  }
}

async function clear(seat: Seat, id: string, spec: Spec): Promise<Outcome> {
  return (await inTime(seat.process.order({ do: 'clear', id, spec }), 'a statement')) as Outcome
}

const racers = fc.array(seat, { minLength: 1, maxLength: 5 })
const execute = command(
  'execute',
  fc.record({ back, racers, twist: fc.constantFrom(...twists) }),
  async (drawn, house) => {
    const request = house.request(drawn.back)
    if (request === undefined) return
    const spec = twisted(house.current(request.spec), drawn.twist)
    const before = request.standing(house.now)
    const seats = drawn.racers.map(at => house.seat(at))
    const owners = seats.filter(({ incarnation }) => incarnation === request.wait?.incarnation)
    const able = request.wait === null ? seats : owners
    const certain = request.isCertain(house.now)
    const fits = JSON.stringify(spec) === JSON.stringify(request.spec)
    const outcomes = await Promise.all(
      seats.map(async one => ({ one, outcome: await clear(one, request.id, spec) })),
    )
    const passed = outcomes.filter(({ outcome }) => outcome.kind === 'pass')
    for (const { one } of passed) request.use(spec, one.incarnation, house.now)
    house.tally.used += passed.length
    house.tally.refused += outcomes.length - passed.length
    const usable = before === 'approved' && request.sound && fits && able.length > 0
    if (certain)
      assert.equal(passed.length, usable ? 1 : 0, JSON.stringify([before, outcomes.map(o => o.outcome)]))
  },
)

const presentTicket = command('present the ticket', fc.record({ seat, back }), async (drawn, house) => {
  const request = house.request(drawn.back)
  if (request === undefined) return
  const { process, incarnation } = house.seat(drawn.seat)
  const call = house.next()
  const before = request.standing(house.now)
  const spec = house.current(request.spec)
  await process.order({ do: 'ask', call, spec, ticket: request.id })
  const outcome = await inTime(process.settled(call), 'a ticket')
  if (outcome.kind === 'refused') return
  assert.equal(outcome.id, request.id)
  assert.ok(request.sound && request.state === 'approved', `a pass while ${before}`)
  if (request.wait !== null) assert.equal(request.wait.incarnation, incarnation)
})

const killWhileItExecutes = command(
  'kill while it executes',
  fc.record({ seat, back, after: fc.nat(6) }),
  async (drawn, house) => {
    const request = house.request(drawn.back)
    if (request === undefined) return
    const one = house.seat(drawn.seat)
    const { incarnation } = one
    const spec = house.current(request.spec)
    const outcome = clear(one, request.id, spec).catch((error: unknown) => {
      if (error instanceof Gone) return null
      throw error
    })
    await sleep(drawn.after)
    await house.replaceProcess(one, one.offset)
    const ended = await outcome
    if (ended?.kind === 'pass') request.use(spec, incarnation, house.now)
    else if (ended === null && request.state === 'approved') request.unsure = true
  },
)

function entryIn(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const edits = ['approve', 'quorum', 'state', 'time', 'version', 'other', 'delete', 'text'] as const

/** What somebody with access to the database, and without the key, may try. */
const editRow = command(
  'edit a row',
  fc.record({ back, edit: fc.constantFrom(...edits) }),
  async (drawn, house) => {
    const request = house.request(drawn.back)
    if (request === undefined) return
    const table = () => house.storage.outside('cardea_approvals').where({ id: request.id })
    const row = await table().first('entry', 'version')
    if (row === undefined) return
    const entry = entryIn(row.entry)
    // Cut short by an edit before this one: there is nothing left to falsify.
    if (entry === undefined) return
    const put = async (changed: object, columns: object = {}) =>
      table().update({ entry: JSON.stringify({ ...entry, ...changed }), ...columns })
    const answers = [{ decision: 'approved', approver: PEOPLE[0]?.approver, reason: 'ticket 42' }]
    const useBy = house.now + DAY
    switch (drawn.edit) {
      case 'approve':
        await put(
          { state: 'approved', answers, grantId: 'g', grantedAt: house.now, useBy },
          { state: 'approved' },
        )
        break
      case 'quorum':
        await put({ answers: [...entry.answers, ...answers, ...answers] })
        break
      case 'state':
        await table().update({ state: entry.state === 'approved' ? 'pending' : 'approved' })
        break
      case 'time':
        await put({ decideBy: useBy, useBy })
        break
      case 'version':
        await table().update({ version: row.version + 1 })
        break
      case 'other': {
        const other = house.requests.find(one => one.state === 'used' || one.state === 'approved')
        if (other === undefined || other === request) return
        const text = await house.storage
          .outside('cardea_approvals')
          .where({ id: other.id })
          .first('entry', 'state', 'version')
        if (text === undefined) return
        await table().update(text)
        break
      }
      case 'delete':
        await table().delete()
        break
      case 'text':
        await table().update({ entry: row.entry.slice(0, -2) })
    }
    house.tally.edited += 1
    request.sound = false
  },
)

const kill = command(
  'kill and start anew',
  fc.record({ seat, offset: fc.constantFrom(0, 0, 0, -5 * SECOND, -DAY, DAY) }),
  async (drawn, house) => house.replaceProcess(house.seat(drawn.seat), drawn.offset),
)

const jump = command(
  'set a clock',
  fc.record({ seat, offset: fc.constantFrom(0, 0, 5 * SECOND, -5 * SECOND, -DAY, DAY) }),
  async (drawn, house) => house.jump(house.seat(drawn.seat), drawn.offset),
)

const spans = [SECOND, 10 * SECOND, 16 * SECOND, 4 * MINUTE, 5 * MINUTE, 16 * MINUTE]
const advance = command(
  'let time pass',
  fc.record({ span: fc.constantFrom(...spans) }),
  async (drawn, house) => house.advance(drawn.span),
)
const newPolicy = command('change the policy', fc.record({}), async (_, house) => {
  house.policy += 1
})
const newCatalog = command('change the schema', fc.record({}), async (_, house) => {
  house.catalog += 1
})

/** As many as it takes say yes, each in another process. */
const approve = command('approve', fc.record({ seat, back }), async (drawn, house) => {
  for (const person of [0, 1]) {
    const given: Drawn = { person, decision: 'approved', reason: 'ticket 42' }
    const request = house.request(drawn.back)
    if (request?.standing(house.now) !== 'pending') return
    await answerOne.of({ seat: drawn.seat + person, back: drawn.back, given }).act(house)
  }
})

const weighted = <T extends object>(weight: number, { arbitrary }: Kind<T>) => ({ weight, arbitrary })

export function anyCommand(): fc.Arbitrary<Command> {
  return fc.oneof(
    weighted(5, askForTicket),
    weighted(4, askAndWait),
    weighted(6, answerOne),
    weighted(6, approve),
    weighted(4, answerAtOnce),
    weighted(10, execute),
    weighted(2, presentTicket),
    weighted(2, abandon),
    weighted(4, advance),
    weighted(1, jump),
    weighted(1, kill),
    weighted(1, killWhileItExecutes),
    weighted(2, editRow),
    weighted(1, newPolicy),
    weighted(1, newCatalog),
  )
}

const wanted = (quorum: Spec['quorum']) => ({
  statement: 'delete from a where b = $1',
  binding: 1,
  asker: 'alice' as const,
  quorum,
})
const ask = askForTicket.of({ seat: 0, asked: wanted(1) })
const ask2 = askForTicket.of({ seat: 0, asked: wanted(2) })
const wait = askAndWait.of({ seat: 0, asked: wanted(1) })
const yes = approve.of({ seat: 1, back: 0 })
const says = (person: number, decision: Given['decision'] = 'approved', reason = 'ticket 42') =>
  answerOne.of({ seat: 1, back: 0, given: { person, decision, reason } })
const run = (...at: number[]) => execute.of({ back: 0, racers: at, twist: 'same' })
const runTwisted = (twist: (typeof twists)[number]) => execute.of({ back: 0, racers: [1], twist })
const pass = (span: number) => advance.of({ span })
const clockOf = (at: number, offset: number) => jump.of({ seat: at, offset })
const edited = (edit: (typeof edits)[number]) => editRow.of({ back: 0, edit })

/** Each pitfall once for certain, whatever chance draws besides. */
export const SCENARIOS: Readonly<Record<string, readonly Command[]>> = {
  'one use, however many try': [ask, yes, run(0, 1, 2, 0, 1, 2), run(0, 1, 2)],
  'one use of a wait, in its own process': [wait, yes, run(1, 2), run(0, 0, 1, 2), run(0)],
  'two people, not one twice or under two names': [
    ask2,
    says(0),
    says(0),
    says(3),
    run(0),
    says(1),
    run(0, 1),
  ],
  'nobody who may not': [
    ask,
    ...[5, 6, 7, 8, 9, 10, 11].map(person => says(person)),
    says(0, 'approved', ' '),
    run(0),
  ],
  'not before it is approved': [ask, run(0, 1), ask2, says(0), run(1)],
  'not after a denial, nor an approval over it': [
    ask,
    says(1, 'denied'),
    says(0),
    run(0),
    ask2,
    says(0),
    says(1, 'denied'),
    run(0),
  ],
  'nothing else than was asked': [
    ask,
    yes,
    ...twists.filter(twist => twist !== 'same').map(runTwisted),
    run(2),
  ],
  'not under another policy': [ask, yes, newPolicy.of({}), run(0, 1)],
  'not over another schema': [ask, yes, newCatalog.of({}), run(0, 1)],
  'no late answer': [ask, pass(15 * MINUTE), says(0), run(0)],
  'no late use': [ask, yes, pass(5 * MINUTE), run(0, 1)],
  'in time': [ask, pass(14 * MINUTE), yes, pass(4 * MINUTE), run(0, 1)],
  'no abandoned wait': [wait, abandon.of({ back: 0 }), says(0), run(0)],
  'no wait of a process that died': [
    wait,
    kill.of({ seat: 0, offset: 0 }),
    yes,
    run(0, 1),
    wait,
    yes,
    kill.of({ seat: 0, offset: 0 }),
    run(0, 1),
  ],
  'a ticket survives the death of its process': [
    ask,
    kill.of({ seat: 0, offset: 0 }),
    yes,
    kill.of({ seat: 1, offset: 0 }),
    run(0, 1, 2),
  ],
  'killed while it executes, not twice': [1, 2, 3, 4].flatMap(after => [
    ask,
    yes,
    killWhileItExecutes.of({ seat: 1, back: 0, after }),
    run(0, 1, 2),
    pass(16 * MINUTE),
  ]),
  'a clock set back lengthens nothing': [
    ask,
    yes,
    pass(4 * MINUTE),
    clockOf(1, -DAY),
    pass(MINUTE),
    run(1),
    ask,
    yes,
    kill.of({ seat: 1, offset: -DAY }),
    run(1),
  ],
  'a clock set forward lengthens nothing': [
    clockOf(1, DAY),
    ask,
    yes,
    clockOf(1, 0),
    pass(5 * MINUTE),
    run(1),
    run(0),
  ],
  'no row that somebody edited': edits.flatMap(edit => [
    ask,
    edited(edit),
    yes,
    run(0),
    pass(16 * MINUTE),
    newPolicy.of({}),
    ask,
    yes,
    edited(edit),
    run(0),
    newPolicy.of({}),
  ]),
}
