const HEAD_LENGTH = 5
/** The length of a message counts its own four bytes. */
const LEAST_LENGTH = 4
const ERROR = 0x45
const NOTICE = 0x4e
const SEVERITY = 0x56

/**
 * Follows the server's messages as their bytes come, and looks at those that tell of an error or a notice:
 * node-postgres's parser never comes to an end of one that breaks off. On the way it learns the severity, which is
 * ERROR, FATAL or PANIC here whatever the server's language is.
 */
export class ErrorFrames {
  readonly #severities: (string | undefined)[] = []
  #head = Buffer.alloc(0)
  /** Bytes of the present message that are still to come. */
  #left = 0
  /** What has come of an error's or a notice's body; undefined for messages of other kinds. */
  #body: Buffer[] | undefined
  #isError = false

  /** Throws where the bytes cannot be PostgreSQL's. */
  push(chunk: Buffer): void {
    let offset = 0
    while (offset < chunk.length)
      offset = this.#left > 0 ? this.#passBody(chunk, offset) : this.#passHead(chunk, offset)
  }

  /** The severity of the next error, in the order in which they came. */
  nextSeverity(): string | undefined {
    return this.#severities.shift()
  }

  #passBody(chunk: Buffer, offset: number): number {
    const end = Math.min(chunk.length, offset + this.#left)
    this.#left -= end - offset
    this.#body?.push(chunk.subarray(offset, end))
    if (this.#left === 0) this.#finish()
    return end
  }

  #passHead(chunk: Buffer, offset: number): number {
    const end = offset + HEAD_LENGTH - this.#head.length
    const rest = chunk.subarray(offset, end)
    const head = this.#head.length === 0 ? rest : Buffer.concat([this.#head, rest])
    if (head.length < HEAD_LENGTH) {
      this.#head = Buffer.from(head)
      return chunk.length
    }
    this.#head = Buffer.alloc(0)
    const length = head.readUInt32BE(1)
    if (length < LEAST_LENGTH) throw new Error("a message is shorter than its own length")
    this.#left = length - LEAST_LENGTH
    this.#isError = head[0] === ERROR
    this.#body = this.#isError || head[0] === NOTICE ? [] : undefined
    if (this.#left === 0) this.#finish()
    return end
  }

  #finish(): void {
    if (this.#body === undefined) return
    const severity = severityIn(Buffer.concat(this.#body))
    if (this.#isError) this.#severities.push(severity)
    this.#body = undefined
  }
}

/** The fields are a letter and a text that ends with a zero each; a zero in a letter's place ends them all. */
function severityIn(body: Buffer): string | undefined {
  let severity: string | undefined
  let offset = 0
  while (body[offset] !== 0) {
    const end = body.indexOf(0, offset + 1)
    if (end === -1) throw new Error("an error's message breaks off")
    if (body[offset] === SEVERITY) severity = body.toString("latin1", offset + 1, end)
    offset = end + 1
  }
  return severity
}
