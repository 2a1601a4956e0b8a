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
    if (3 * text.length <= this.usual.length) {
      this.memory = this.usual
      this.written = this.encoder.encodeInto(text, this.usual).written
    } else {
      this.memory = Buffer.from(text, 'utf8')
      this.written = this.memory.length
    }
    this.ascii = this.written === text.length
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
