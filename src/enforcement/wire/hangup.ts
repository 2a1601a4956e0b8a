/** The client has gone, was too slow, or has sent what nobody answers. */
export class Hangup extends Error {
  override readonly name = 'Hangup'
}
