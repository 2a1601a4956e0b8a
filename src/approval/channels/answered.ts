import type { Answered } from '../approval-queue.js'
import { HttpProblem, jsonResponse } from './http.js'

/** Ids are ULIDs. Whatever cannot be one is not looked for. */
const ID = /^[\w-]{1,64}$/

/** @throws HttpProblem 404 for what cannot be the id of a request. */
export function demandId(text: string | undefined): string {
  if (text !== undefined && ID.test(text)) return text
  throw notFound()
}

/** The same for a request that does not exist and for one that the person may not see. */
export function notFound(): HttpProblem {
  return new HttpProblem(404, 'not_found', 'There is no such request, or none that you may see.')
}

/** 200 for an answer that counted, 409 for one that did not, 404 where there is nothing to answer. */
export function answeredResponse(answered: Answered): Response {
  if (answered.counted) return jsonResponse(200, answered)
  if (answered.state === null) throw notFound()
  return jsonResponse(409, answered)
}
