/** Characters up to which a loop over them is quicker than to call the encoder. */
const SHORT = 40

/** The bytes of one ASCII text after the other, in the same memory unless one is longer. */
export class TextBytes {
  private readonly usual: Buffer
  private readonly encoder = new TextEncoder()
  private memory: Buffer
  private ascii = true

  /** @param usual characters of texts that need no memory of their own */
  constructor(usual: number) {
    this.usual = Buffer.alloc(usual)
    this.memory = this.usual
  }

  /**
   * Overwrites what was read before.
   *
   * @returns false for a text that is not ASCII, of which `all` says nothing.
   */
  read(text: string): boolean {
    this.memory = this.usual
    if (text.length <= SHORT) this.ascii = this.readShort(text)
    else if (text.length <= this.usual.length) {
      const { read, written } = this.encoder.encodeInto(text, this.usual)
      this.ascii = read === text.length && written === text.length
    } else {
      this.ascii = Buffer.byteLength(text) === text.length
      if (this.ascii) this.memory = Buffer.from(text, 'latin1')
    }
    return this.ascii
  }

  private readShort(text: string): boolean {
    const { usual } = this
    let seen = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      seen |= code
      usual[at] = code
    }
    return seen < 0x80
  }

  /** One for each character of the text, and others behind. */
  get all(): Buffer {
    return this.memory
  }

  get isAscii(): boolean {
    return this.ascii
  }

  /** Gives the memory of a long text back. */
  clear(): void {
    this.memory = this.usual
  }
}
