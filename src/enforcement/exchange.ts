import type { ServerResponse } from 'node:http'
import type { Carried } from './call-ledger.js'

/** One HTTP request and what becomes of its answer. */
export interface Exchange {
  /** Aborted when the connection is gone before the response has left whole. */
  readonly signal: AbortSignal
  /** Tells the ledger the fate of a call's answer once it is known. */
  hold(carried: Carried): void
}

/** Watches a response from before its work begins. */
export function exchange(response: ServerResponse): Exchange {
  const abort = new AbortController()
  const held = new Set<Carried>()
  let fate: 'open' | 'delivered' | 'lost' = response.destroyed ? 'lost' : 'open'
  if (fate === 'lost') abort.abort()
  const settle = (now: 'delivered' | 'lost'): void => {
    if (fate !== 'open') return
    fate = now
    for (const carried of held) carried[now]()
    held.clear()
    if (now === 'lost') abort.abort()
  }
  response.once('finish', () => settle('delivered'))
  response.once('close', () => settle('lost'))
  return {
    signal: abort.signal,
    hold: carried => {
      // Whatever comes after the end of the response was not in it.
      if (fate === 'open') held.add(carried)
      else carried.lost()
    },
  }
}
