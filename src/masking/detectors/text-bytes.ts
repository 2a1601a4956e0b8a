/** Characters up to which a loop over them is quicker than to call the encoder. */
const SHORT = 40

/** The bytes of one text after the other, in the same memory unless one is longer. */
export class TextBytes {
  private readonly usual: Buffer
  private readonly encoder = new TextEncoder()
  private memory: Buffer
  private written = 0
  private ascii = true

  /** @param usual characters of texts that need no memory of their own */
  constructor(usual: number) {
    this.usual = Buffer.alloc(3 * usual)
    this.memory = this.usual
  }

  /** Overwrites what was read before. */
  read(text: string): void {
    this.memory = this.usual
    if (text.length <= SHORT && this.readShort(text)) return
    if (3 * text.length <= this.usual.length) {
      this.written = this.encoder.encodeInto(text, this.usual).written
    } else {
      this.memory = Buffer.from(text, 'utf8')
      this.written = this.memory.length
    }
    this.ascii = this.written === text.length
  }

  /** @returns false for what is not ASCII. */
  private readShort(text: string): boolean {
    const { usual } = this
    let seen = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      seen |= code
      usual[at] = code
    }
    this.written = text.length
    this.ascii = seen < 0x80
    return this.ascii
  }

  /** Of the text in UTF-8, `length` of them, and others behind. */
  get all(): Buffer {
    return this.memory
  }

  get length(): number {
    return this.written
  }

  get isAscii(): boolean {
    return this.ascii
  }

  /** Gives the memory of a long text back. */
  clear(): void {
    this.memory = this.usual
  }
}
