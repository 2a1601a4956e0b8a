import { CardeaError } from '../../errors.js'

export function closedStore(): CardeaError {
  return new CardeaError('CARDEA_CLOSED', 'The approval store is closed. Open a new governed connection.')
}
