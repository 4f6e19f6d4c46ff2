import type { Socket } from "node:net"
import { MessageFramer, type Negotiation } from "./postgres-messages.ts"
import type { CutKind, Direction, MessageHook, MessageVerdict } from "./proxy-rules.ts"

/** What a lane asks of the connection it belongs to. */
export interface LaneOwner {
  /** The hook for this direction, as it stands now. */
  hook(direction: Direction): MessageHook | undefined
  delayMs(): number
  /** Does a black hole swallow this direction now? */
  isSwallowed(direction: Direction): boolean
  ask(hook: MessageHook, type: string, payload: Buffer): MessageVerdict
  cut(kind: CutKind): void
}

type Item = (
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "end" }
  | { readonly kind: "hold" }
  | { readonly kind: "cut"; readonly how: CutKind }
) & { readonly dueMs: number }

const QUEUE_LIMIT_BYTES = 1 << 20

/** One direction of a proxied connection: reads, frames, asks the hook, and forwards in order. */
export class ProxyLane {
  readonly #direction: Direction
  readonly #source: Socket
  readonly #owner: LaneOwner
  readonly #framer: MessageFramer
  #sink: Socket | undefined
  #queue: Item[] = []
  #queuedBytes = 0
  #budget: { bytes: number; readonly kind: CutKind } | undefined
  #timer: NodeJS.Timeout | undefined
  #waitsForDrain = false
  #stopped = false

  constructor(direction: Direction, source: Socket, negotiation: Negotiation, owner: LaneOwner) {
    this.#direction = direction
    this.#source = source
    this.#owner = owner
    this.#framer = new MessageFramer(direction === "toServer" ? "client" : "server", negotiation)
    source.on("data", (chunk: Buffer) => this.#take(chunk))
    source.on("end", () => this.#add({ kind: "end" }))
    this.update()
  }

  /** Gives the socket to which this lane writes, and what is waiting goes out. */
  attach(sink: Socket): void {
    this.#sink = sink
    sink.on("drain", () => {
      this.#waitsForDrain = false
      this.update()
    })
    this.update()
  }

  /** Cuts the connection once this many more bytes were forwarded. */
  limit(bytes: number, kind: CutKind): void {
    this.#budget = { bytes, kind }
  }

  /** Takes away what limits and holds this lane. */
  release(): void {
    this.#budget = undefined
    this.#queue = this.#queue.filter((item) => item.kind !== "hold")
    this.update()
  }

  /** Forwards and reads what the rules allow now. */
  update(): void {
    this.#flush()
    const blocked = this.#queuedBytes > QUEUE_LIMIT_BYTES || this.#owner.isSwallowed(this.#direction)
    if (blocked) this.#source.pause()
    else if (!this.#stopped) this.#source.resume()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#queue = []
    this.#queuedBytes = 0
  }

  #take(chunk: Buffer): void {
    for (const message of this.#framer.push(chunk)) {
      const hook = message.type === "raw" ? undefined : this.#owner.hook(this.#direction)
      const verdict =
        hook === undefined || !("payload" in message)
          ? "pass"
          : this.#owner.ask(hook, message.type, message.payload)
      if (verdict === "drop") continue
      if (verdict === "hold") this.#add({ kind: "hold" })
      if (verdict === "pass" || verdict === "hold") this.#add({ kind: "bytes", bytes: message.bytes })
      else this.#add({ kind: "cut", how: verdict })
    }
    this.update()
  }

  #add(
    item:
      { kind: "bytes"; bytes: Buffer } | { kind: "end" } | { kind: "hold" } | { kind: "cut"; how: CutKind },
  ): void {
    if (this.#stopped) return
    this.#queue.push({ ...item, dueMs: performance.now() + this.#owner.delayMs() })
    if (item.kind === "bytes") this.#queuedBytes += item.bytes.length
    if (item.kind === "end") this.#flush()
  }

  #flush(): void {
    while (!this.#stopped && !this.#waitsForDrain && !this.#owner.isSwallowed(this.#direction)) {
      const item = this.#queue[0]
      if (item === undefined || item.kind === "hold" || this.#sink === undefined) return
      const waitMs = item.dueMs - performance.now()
      if (waitMs > 0) {
        clearTimeout(this.#timer)
        this.#timer = setTimeout(() => this.update(), waitMs)
        return
      }
      this.#queue.shift()
      if (item.kind === "bytes") this.#forward(item.bytes, this.#sink)
      else if (item.kind === "end") this.#sink.end()
      else this.#owner.cut(item.how)
    }
  }

  #forward(bytes: Buffer, sink: Socket): void {
    this.#queuedBytes -= bytes.length
    const budget = this.#budget
    const allowed = budget === undefined ? bytes.length : Math.min(bytes.length, budget.bytes)
    if (allowed > 0 && !sink.write(bytes.subarray(0, allowed))) this.#waitsForDrain = true
    if (budget === undefined) return
    budget.bytes -= allowed
    if (budget.bytes > 0) return
    this.#budget = undefined
    if (allowed < bytes.length) {
      // A black hole may be healed: then the rest follows.
      this.#queue.unshift({ kind: "bytes", bytes: bytes.subarray(allowed), dueMs: 0 })
      this.#queuedBytes += bytes.length - allowed
    }
    this.#owner.cut(budget.kind)
  }
}
