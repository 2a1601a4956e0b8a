/**
 * Several processes, each with a desk of its own on one real database, do what random commands say; processes
 * are killed, clocks are set, rows are edited. Nothing may ever run without a grant, or twice under one.
 *
 * CARDEA_MODEL_RUNS makes it longer; CARDEA_MODEL_SEED repeats a run that failed; CARDEA_MODEL_SHRINK=no leaves
 * a failure as long as it was found.
 */
import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { describeMariadb, describePostgres } from '../../support/databases.js'
import type { StoreEngine } from '../../support/knex-place.js'
import { type Storage, storage } from '../stores/kit.js'
import { anyCommand, SCENARIOS } from './commands.js'
import { House, Spares, type Tally } from './house.js'

const RUNS = Number(process.env['CARDEA_MODEL_RUNS'] ?? 6)
const SEED = Number(process.env['CARDEA_MODEL_SEED'] ?? randomInt(2 ** 31))
const COMMANDS = 60
const PATIENCE_MS = 60_000 + RUNS * 20_000

function model(engine: StoreEngine): void {
  let place: Storage
  let spares: Spares
  const tally: Tally = {
    asked: 0,
    counted: 0,
    notCounted: 0,
    used: 0,
    refused: 0,
    killed: 0,
    edited: 0,
    abandoned: 0,
  }

  beforeAll(async () => {
    place = await storage(engine)
    spares = new Spares()
  })
  afterAll(async () => {
    await spares.close()
    await place.dispose()
  })

  async function inHouse(use: (house: House) => Promise<unknown>): Promise<void> {
    const house = new House(place, spares, tally)
    await house.open()
    try {
      await use(house)
      await house.audit()
    } finally {
      await house.close()
    }
  }

  test(
    `nothing runs without a grant or twice under one, seed ${SEED}`,
    async () => {
      const commands = fc.commands([anyCommand()], { maxCommands: COMMANDS, size: 'max' })
      const property = fc.asyncProperty(commands, async list => {
        await inHouse(house => fc.asyncModelRun(() => ({ model: {}, real: house }), list))
      })
      await fc.assert(property, {
        numRuns: RUNS,
        seed: SEED,
        endOnFailure: process.env['CARDEA_MODEL_SHRINK'] === 'no',
        // Shrinking ends in time to say what was found.
        interruptAfterTimeLimit: PATIENCE_MS - 30_000,
      })
    },
    PATIENCE_MS,
  )

  test.each(Object.entries(SCENARIOS))(
    '%s',
    async (_, scenario) => {
      await inHouse(async house => {
        for (const command of scenario) await command.run({}, house)
      })
    },
    PATIENCE_MS,
  )

  test('and things did happen', () => {
    expect(Object.entries(tally).filter(([, count]) => count === 0)).toEqual([])
  })
}

describePostgres('on PostgreSQL', () => model('postgres'))
describeMariadb('on MariaDB', () => model('mariadb'))
