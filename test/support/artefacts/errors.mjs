/**
 * Jest runs this before every test file of a run whose artefacts are to be searched (see search.ts): every error of
 * Cardea's own, with all that hangs on it, is written down when the file's tests are over.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll } from '@jest/globals'

const OURS = ['CardeaError', 'DatabaseError']
const kept = process.env.CARDEA_ARTEFACTS

if (kept !== undefined) {
  let errors = []
  const put = () => {
    if (errors.length === 0) return
    const texts = errors
      .filter(isMadeBySource)
      .map(error => inspect(error, { depth: 8, showHidden: true, getters: true }))
    errors = []
    // As one line each, so that what many tests provoke is searched once.
    appendFileSync(
      join(kept, `${process.pid}.errors`),
      texts.map(text => `${JSON.stringify(text)}\n`).join(''),
    )
  }
  globalThis.Error = new Proxy(Error, {
    construct(target, given, made) {
      const error = Reflect.construct(target, given, made)
      if (isOurs(made)) errors.push(error)
      return error
    },
  })
  afterAll(put)
}

/** Of what a test or a driver makes, others have to see to it that it stays where it is. */
function isMadeBySource({ stack }) {
  return /[\\/]src[\\/]/.test(firstFrame(stack)) && !firstFrame(stack).includes('node_modules')
}

function firstFrame(stack) {
  return /\n\s+at .*/.exec(String(stack))?.[0] ?? ''
}

function isOurs(made) {
  for (let at = made; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (OURS.includes(at.name)) return true
  }
  return false
}
