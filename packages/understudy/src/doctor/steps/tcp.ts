import { connect, type Socket } from "node:net"
import { once } from "node:events"
import type { Step } from "../report.ts"
import { bounded, type Outcome } from "./bounded.ts"
import { done, failed, findingOf, step, wordsOf, type Target } from "./target.ts"

/** Where a socket leads. */
export type Way = { readonly host: string; readonly port: number } | { readonly path: string }

/** One line for each address, and the way that worked; null where none did. */
export interface Reached {
  readonly steps: readonly Step[]
  readonly way: Way | null
}

/** Connects to every address, all at once. One that works is enough: the others are worth a look. */
export async function reach(target: Target, addresses: readonly string[]): Promise<Reached> {
  const { port, timeoutMs } = target
  const ways = addresses.map((host) => ({ host, port }))
  const outcomes = await Promise.all(ways.map((way) => bounded(timeoutMs, (signal) => touch(way, signal))))
  const way = ways.find((_, index) => outcomes[index]?.ok === true) ?? null
  const told = new Set<string>()
  const steps = ways.map(({ host }, index): Step => {
    const outcome = outcomes[index] as Outcome<void>
    const place = `${target.shown ? host : "***"}, port ${port}`
    if (outcome.ok) return done("tcp", place, outcome.tookMs)
    const found = findingOf(target, outcome.error)
    const text = `${place}: ${wordsOf(target, outcome.error)}`
    if (way !== null) return step("tcp", "notice", text, outcome.tookMs, [])
    // Each address may fail for a reason of its own; the same one is not told twice.
    const isNew = !told.has(found.message)
    told.add(found.message)
    return step("tcp", "failed", text, outcome.tookMs, isNew ? [found] : [])
  })
  return { steps, way }
}

/** Connects by a Unix socket, which has no name and no address. */
export async function reachSocket(target: Target): Promise<Reached> {
  const way = { path: `${target.host}/.s.PGSQL.${target.port}` }
  const outcome = await bounded(target.timeoutMs, (signal) => touch(way, signal))
  return outcome.ok
    ? { steps: [done("tcp", "Unix socket", outcome.tookMs)], way }
    : { steps: [failed("tcp", target, outcome.error, outcome.tookMs)], way: null }
}

/** A connected socket. It is destroyed when the signal is aborted. */
export async function openSocket(way: Way, signal: AbortSignal): Promise<Socket> {
  const socket = connect(way)
  socket.on("error", () => {})
  const destroy = (): void => void socket.destroy()
  signal.addEventListener("abort", destroy, { once: true })
  socket.once("close", () => signal.removeEventListener("abort", destroy))
  await once(socket, "connect", { signal })
  return socket
}

async function touch(way: Way, signal: AbortSignal): Promise<void> {
  const socket = await openSocket(way, signal)
  socket.destroy()
}
