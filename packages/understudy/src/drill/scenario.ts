import { setTimeout as wait } from "node:timers/promises"
import type { FaultProxy, PostgresServer } from "../testing/index.ts"
import type { BackendProcess } from "./backend-process.ts"
import type { Draw } from "./draw.ts"
import type { Down } from "./figures.ts"

/** What goes wrong goes wrong here. With several backends, `proxy` and `backend` are those of one. */
export interface Stage {
  readonly server: PostgresServer
  readonly proxy: FaultProxy
  readonly backend: BackendProcess
  /** Told what happens, as it happens. */
  tell(event: string): void
  /** Told that the primary cannot be reached from now on, how one learns of it, and by whom it cannot. */
  down(how: Down["how"], whom: "all" | "this backend"): void
}

/** What goes wrong under load; when the promise resolves, everything is there again. */
export interface Scenario {
  readonly name: string
  /** What goes wrong, in a few words. */
  readonly title: string
  /** Why it cannot be played on this machine; undefined where it can. */
  readonly missing?: () => string | undefined
  /** Is the primary away for so long, and so plainly, that the fallback must serve meanwhile? Default false. */
  readonly fallsBack?: boolean
  happen(stage: Stage, draw: Draw): Promise<void>
}

/** How long the primary is away: long enough for the fallback to take writes, most times. Milliseconds. */
export function awayMs(draw: Draw): number {
  return draw.between(800, 4_000)
}

/** Lets it be as it is for some time. */
export async function forSome(stage: Stage, forMs: number): Promise<void> {
  stage.tell(`so it stays for ${forMs} ms`)
  await wait(forMs)
}

/** So long it is waited for a backend to return, or to end where it was told to. Milliseconds. */
export const RETURN_LIMIT_MS = 6_000

/** Waits until the backend hands its writes back, or has ended. */
export async function untilReturning({ backend }: Stage): Promise<void> {
  const untilMs = performance.now() + RETURN_LIMIT_MS
  while (performance.now() < untilMs) {
    const standing = await backend.standing()
    if (standing === null || standing.state !== "fallback") return
    await wait(5)
  }
}
