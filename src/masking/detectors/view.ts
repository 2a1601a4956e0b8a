/** A text as it reads: digits of any script, and what stands between them, as those of ASCII. */
export interface View {
  readonly length: number
  /** One for each of its characters, 128 or more for those beyond ASCII, and others behind. */
  readonly bytes: Buffer
  /** Put together when it is asked for, which most views never are. */
  text(): string
}
