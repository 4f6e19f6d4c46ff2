/** Who sends a message. */
export type MessageSender = "client" | "server"

/** One message of PostgreSQL's protocol, version 3. */
export interface PostgresMessage {
  /**
   * The type byte as a character (`Q` a simple query, `P` Parse, `C` CommandComplete, …), or for the messages
   * without one: `startup`, `ssl-request`, `gss-request`, `cancel`, and the server's one byte `negotiation`.
   */
  readonly type: string
  /** What follows type and length. */
  readonly payload: Buffer
  /** The whole message as it goes over the wire. */
  readonly bytes: Buffer
}

/** What became of some bytes: whole messages, or bytes that are not (or no more) PostgreSQL's and go on as they are. */
export type Framed = PostgresMessage | { readonly type: "raw"; readonly bytes: Buffer }

const SSL_REQUEST = 80_877_103
const GSS_REQUEST = 80_877_104
const CANCEL_REQUEST = 80_877_102
const LONGEST_STARTUP = 10_000
const LONGEST_MESSAGE = 2 ** 30

/** The kind of a message without a type byte; undefined: not PostgreSQL's. */
function startupKind(code: number): string | undefined {
  if (code === SSL_REQUEST) return "ssl-request"
  if (code === GSS_REQUEST) return "gss-request"
  if (code === CANCEL_REQUEST) return "cancel"
  return code >>> 16 === 3 ? "startup" : undefined
}

/** What both directions of one connection must know of each other. */
export interface Negotiation {
  /** The client asked for encryption and the server has not answered: its next byte stands alone. */
  pending: boolean
  /** The client has sent its startup: both sides speak in typed messages. */
  started: boolean
  /** From here on the bytes are encrypted, or were never PostgreSQL's. */
  opaque: boolean
}

/** Cuts one direction of a connection into messages. Bytes of an unfinished message wait for the rest of it. */
export class MessageFramer {
  readonly #sender: MessageSender
  readonly #negotiation: Negotiation
  #waiting: Buffer[] = []
  #waitingBytes = 0
  /** How many bytes must have come before looking again makes sense. */
  #wanted = 1

  constructor(sender: MessageSender, negotiation: Negotiation) {
    this.#sender = sender
    this.#negotiation = negotiation
  }

  /** Takes what came and gives the messages that are whole now. */
  push(chunk: Buffer): Framed[] {
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    if (this.#waitingBytes < this.#wanted && !this.#negotiation.opaque) return []
    let rest = this.#waiting.length === 1 ? chunk : Buffer.concat(this.#waiting)
    const framed: Framed[] = []
    while (rest.length > 0) {
      const next = this.#negotiation.opaque ? rest.length : this.#lengthOf(rest)
      if (next === "opaque") {
        this.#negotiation.opaque = true
        continue
      }
      this.#wanted = Math.max(next, 1)
      if (next > rest.length) break
      framed.push(
        this.#negotiation.opaque ? { type: "raw", bytes: rest } : this.#message(rest.subarray(0, next)),
      )
      rest = rest.subarray(next)
      this.#wanted = 1
    }
    this.#waiting = rest.length > 0 ? [rest] : []
    this.#waitingBytes = rest.length
    return framed
  }

  /** The length of the message that begins here, or of what must be seen to know it. */
  #lengthOf(bytes: Buffer): number | "opaque" {
    if (this.#sender === "server" && this.#negotiation.pending) return 1
    if (this.#negotiation.started) {
      if (bytes.length < 5) return 5
      const length = bytes.readUInt32BE(1)
      return length < 4 || length > LONGEST_MESSAGE ? "opaque" : length + 1
    }
    // A PostgreSQL server never speaks first, and a startup's length begins with a zero.
    if (this.#sender === "server" || bytes[0] !== 0) return "opaque"
    if (bytes.length < 8) return 8
    const length = bytes.readUInt32BE(0)
    if (length < 8 || length > LONGEST_STARTUP || startupKind(bytes.readUInt32BE(4)) === undefined)
      return "opaque"
    return length
  }

  #message(bytes: Buffer): PostgresMessage {
    if (this.#sender === "server" && this.#negotiation.pending) {
      this.#negotiation.pending = false
      // "S" and "G": yes. What follows is encrypted both ways, as the client has sent nothing since it asked.
      if (bytes[0] !== 0x4e) this.#negotiation.opaque = true
      return { type: "negotiation", payload: bytes, bytes }
    }
    if (this.#negotiation.started) {
      return { type: String.fromCharCode(bytes[0] ?? 0), payload: bytes.subarray(5), bytes }
    }
    const type = startupKind(bytes.readUInt32BE(4)) ?? "startup"
    if (type === "ssl-request" || type === "gss-request") this.#negotiation.pending = true
    else this.#negotiation.started = true
    return { type, payload: bytes.subarray(4), bytes }
  }
}

/** The text of a simple query or a Parse message; null for any other. */
export function queryText(message: Pick<PostgresMessage, "type" | "payload">): string | null {
  const texts = message.payload.toString("utf8").split("\0")
  if (message.type === "Q") return texts[0] ?? null
  return message.type === "P" ? (texts[1] ?? null) : null
}
