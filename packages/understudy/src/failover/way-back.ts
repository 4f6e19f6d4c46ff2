import type { Engine } from "../engine/contract.ts"
import { PostgresEngine } from "../engine/postgres/engine.ts"
import type { PostgresCandidate } from "../plan/plan.ts"
import type { Migrations } from "../migrate/migrate.ts"
import type { ReplayProgress } from "../replay/replay-result.ts"
import { Replay } from "../replay/replay.ts"
import { HandBack } from "./hand-back.ts"
import { openCandidate, postgresOptions, type OpenContext, type Opened } from "./open-candidate.ts"
import { returnToPrimary, type Returned } from "./return-to-primary.ts"
import type { StandIn } from "./stand-in.ts"

/** What a way back works with. */
export interface WayBackOptions {
  readonly context: OpenContext
  readonly migrations: Migrations
  readonly primary: PostgresCandidate
  readonly standIn: StandIn
  /** Will the primary be mirrored? */
  readonly mirrored: boolean
  readonly signal: AbortSignal
  /** New writes wait from now on. */
  holdWrites(): void
  /** Told while it is handed back. */
  progressed(progress: ReplayProgress): void
}

/** So long the replay works before it pauses; its thread gives way to the service's besides. Milliseconds. */
const THROTTLE = { workMs: 20, pauseMs: 1 }

/** As many are open, if there may be so many, before new writes wait: whoever waited would wait for the login as well. */
const WARM_CONNECTIONS = 8

/** To be called while nobody uses the engine. A crowded server may let in fewer: it serves with those. */
async function warmUp(engine: Engine): Promise<void> {
  if (!(engine instanceof PostgresEngine)) return
  const count = Math.min(WARM_CONNECTIONS, engine.places)
  const tries = await Promise.allSettled(Array.from({ length: count }, () => engine.acquire("auto")))
  for (const each of tries) if (each.status === "fulfilled") each.value.release()
  const [first] = tries
  if (first?.status === "rejected" && tries.every(({ status }) => status === "rejected")) throw first.reason
}

/** What handing a file's changes back takes. */
export interface HandBackOptions extends Pick<
  WayBackOptions,
  "context" | "migrations" | "primary" | "progressed"
> {
  /** The primary's. */
  readonly engine: Engine
  /** Of earlier tries with this file. */
  readonly memory: SharedArrayBuffer
}

/** Hands a file's changes back. */
export function handBackOf(file: string, options: HandBackOptions): HandBack {
  const { engine, context, migrations, primary, memory, progressed } = options
  const postgres = postgresOptions(primary, context, true)
  const policies = context.settings.conflicts
  return new HandBack(
    engine,
    migrations,
    () => new Replay({ postgres, file, policies, throttle: THROTTLE, memory }, { progressed }),
  )
}

/** One try to return to the primary. */
export class WayBack {
  readonly #options: WayBackOptions
  #opened: Opened | undefined
  #handBack: HandBack | undefined

  constructor(options: WayBackOptions) {
    this.#options = options
  }

  /** The primary, opened, which has what the fallback took. Where it rejects, the fallback goes on as before. */
  async go(): Promise<{ readonly opened: Opened; readonly returned: Returned }> {
    const { context, migrations, primary, standIn, mirrored, signal, holdWrites, progressed } = this.#options
    let done = 0
    try {
      const opened = await openCandidate(primary, context, { mirrored, signal })
      this.#opened = opened
      this.#handBack = handBackOf(standIn.file, {
        engine: opened.engine,
        memory: standIn.replayMemory,
        context,
        migrations,
        primary,
        progressed(progress) {
          standIn.handedBack(progress.done - done)
          done = progress.done
          progressed(progress)
        },
      })
      const returned = await returnToPrimary({
        standIn,
        handBack: this.#handBack,
        warmUp: () => warmUp(opened.engine),
        holdWrites,
      })
      signal.throwIfAborted()
      return { opened, returned }
    } catch (error) {
      // First: writes wait for it.
      standIn.engine.resume()
      await this.#opened?.engine.close()
      throw error
    } finally {
      await this.#handBack?.stop()
    }
  }

  /** Ends it at once: whatever it waits for is given up. */
  async giveUp(): Promise<void> {
    await this.#opened?.engine.close()
    await this.#handBack?.stop()
  }
}
