import type { ServerResponse } from "node:http"
import type { Duplex } from "node:stream"

/** The answers that are not yet through, by connection and in the order of their requests. */
export class RunningResponses {
  readonly #bySocket = new Map<Duplex, Set<ServerResponse>>()

  add(response: ServerResponse): void {
    const { socket } = response.req
    const known = this.#bySocket.get(socket)
    if (known === undefined) this.#bySocket.set(socket, new Set([response]))
    else known.add(response)
    response.once("close", () => {
      const running = this.#bySocket.get(socket)
      if (running?.delete(response) && running.size === 0) this.#bySocket.delete(socket)
    })
  }

  /** Those of one connection. */
  of(socket: Duplex): readonly ServerResponse[] {
    return [...(this.#bySocket.get(socket) ?? [])]
  }

  forEach(act: (response: ServerResponse) => void): void {
    for (const running of this.#bySocket.values()) running.forEach(act)
  }
}
