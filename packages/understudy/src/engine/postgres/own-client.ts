import type { Socket } from "node:net"
import type { Client } from "pg"
import type { PostgresOptions } from "./options.ts"

/** A connection on which nothing has moved for so long while an answer is due is dead: behind it may be a black hole. */
export const LONGEST_SILENCE_MS = 30_000

/** What node-postgres keeps of a client and has in no type. */
interface Inner {
  readonly processID: number | null
  readonly readyForQuery: boolean
  readonly connection: { readonly stream: Socket }
}

/** Ends a connection on which an answer is due and nothing moves. */
export function endWhenSilent(client: Client): void {
  const inner = client as unknown as Inner
  const { stream } = inner.connection
  stream.setTimeout(LONGEST_SILENCE_MS).on("timeout", () => {
    if (!inner.readyForQuery) stream.destroy(new Error("Connection terminated: the server was silent"))
  })
}

/** The number of the server's process, as the server said at the start. A pooler says another one. */
export function processIdOf(client: Client): number | null {
  return (client as unknown as Inner).processID
}

/** Whoever looks at the server's connections sees what this one is for. */
export function namedFor(purpose: string, options: PostgresOptions): PostgresOptions {
  const { parts } = options
  const params = {
    ...parts.params,
    application_name: `${parts.params["application_name"] ?? "understudy"} ${purpose}`,
  }
  return { ...options, parts: { ...parts, params } }
}
