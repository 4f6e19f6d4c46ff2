import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { Client } from "pg"
import { startFaultProxy, startPostgres } from "understudy-db/testing"
import { drawFrom } from "../mirror-checker/draw-from.ts"
import { BackendProcess } from "./backend-process.ts"
import { figuresOf, type Down, type Entered, type Figures } from "./figures.ts"
import { describeEntry, History } from "./history.ts"
import { Load, type Reads } from "./load.ts"
import { Others } from "./others.ts"
import { SCENARIOS, type Stage } from "./scenarios.ts"
import { compareCopy, untilReturned } from "./settled.ts"
import { prepare } from "./tables.ts"
import { findWrong } from "./verdict.ts"

/** What a run of the checker is. */
export interface CheckOptions {
  readonly seed: number
  /** So long there is load and things go wrong; looking what came of it takes its time besides. */
  readonly seconds: number
  /** What may go wrong, by name. Default: all there is. */
  readonly scenarios?: readonly string[]
  /** Operations a second through the backend. Default 60. */
  readonly rate?: number
  /** Told what happens, as it happens. */
  readonly onEvent?: (event: string) => void
}

/** What a run came to. */
export interface CheckResult {
  /** What should not have been, in words; the run ends with the first. */
  readonly found: readonly string[]
  readonly events: readonly string[]
  readonly history: History
  /** How often something went wrong, by its name. */
  readonly faults: ReadonlyMap<string, number>
  /** How often the fallback served, and how many transactions were parked. */
  readonly fallbacks: number
  readonly parked: number
  readonly reads: Reads
  readonly figures: Figures
  /** Where everything was, and is kept if something was found. */
  readonly ground: string
}

/** How long there is load before anything goes wrong, and after it. Milliseconds. */
const BEFORE = [500, 1_500] as const
const AFTER = [0, 2_500] as const

/** Lets scenarios happen one after the other to a backend under load, and looks after each what came of it. */
export async function checkFailover(options: CheckOptions): Promise<CheckResult> {
  const { seed, seconds, rate = 60, onEvent } = options
  const draw = drawFrom(seed)
  const history = new History()
  const events: string[] = []
  const tell = (event: string): void => {
    const line = `${history.now()} ms: ${event}`
    events.push(line)
    onEvent?.(line)
  }
  const scenarios = SCENARIOS.filter(({ name }) => options.scenarios?.includes(name) ?? true)
  const ground = await mkdtemp(join(tmpdir(), "understudy-failover-"))
  await chmod(ground, 0o755)
  const found: string[] = []
  const faults = new Map<string, number>()
  const reads: Reads = { times: 0, longestMs: 0, wrong: new Map() }
  const downs: Down[] = []
  const states: Entered[] = []
  let parked = 0
  {
    await using server = await startPostgres({ settings: { max_connections: "60" } })
    await using proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: server.port } })
    await using backend = new BackendProcess({ url: proxy.url(server.url), folder: ground }, (change) => {
      states.push({ atMs: history.at(change.atMs), state: change.state })
      tell(`state ${change.state} (${change.reason})`)
    })
    await backend.launch()
    await using others = new Others(server.url)
    await prepare(others.db)
    const load = new Load({ rate, backend, others, history, reads, draw })
    const stage: Stage = {
      server,
      proxy,
      backend,
      tell,
      down: (how) => void downs.push({ atMs: history.now(), how }),
    }
    const look = async (): Promise<void> => {
      const late = await untilReturned(backend)
      if (late !== undefined) return void found.push(late)
      const client = new Client({ connectionString: server.url })
      await client.connect()
      try {
        found.push(...(await findWrong(client, history)))
        found.push(...(await compareCopy(client, backend, join(ground, "fallback.sqlite"))))
        parked = await countParked(client)
      } finally {
        await client.end()
      }
      for (const [what, times] of reads.wrong) found.push(`${times} reads: ${what}`)
      tell(found.length === 0 ? `all is as it must be; ${parked} parked so far` : "NOT as it must be")
    }

    await look()
    const untilMs = performance.now() + seconds * 1_000
    while (performance.now() < untilMs && found.length === 0) {
      load.start()
      await wait(draw.between(...BEFORE))
      const scenario = draw.pick(scenarios)
      tell(`scenario ${scenario.name}`)
      faults.set(scenario.name, (faults.get(scenario.name) ?? 0) + 1)
      await scenario.happen(stage, draw)
      tell("all is there again")
      await wait(draw.between(...AFTER))
      await load.stop()
      await look()
    }
    if (found.length === 0) found.push(...tooLittle(history, reads, seconds))
    if (found.length > 0) await writeFile(join(ground, "server.log"), await server.log())
  }
  if (found.length === 0) await rm(ground, { recursive: true, force: true })
  else
    await writeFile(
      join(ground, "history.txt"),
      [...found, ...events, ...history.entries.map(describeEntry)].join("\n"),
    )
  const fallbacks = states.filter(({ state }) => state === "fallback").length
  const figures = figuresOf(downs, states, history.entries)
  return { found, events, history, faults, fallbacks, parked, reads, figures, ground }
}

/** Clients whom nobody serves would find nothing. */
function tooLittle({ entries }: History, reads: Reads, seconds: number): string[] {
  const acknowledged = entries.filter(({ outcome }) => outcome?.kind === "ok").length
  return [
    ...(acknowledged > seconds * 5 ? [] : [`only ${acknowledged} writes were acknowledged in ${seconds} s`]),
    ...(reads.times > seconds ? [] : [`there were only ${reads.times} reads in ${seconds} s`]),
  ]
}

async function countParked(client: Client): Promise<number> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('understudy.parked_transaction') is not null as there",
  )
  if (rows[0]?.there !== true) return 0
  const counted = await client.query<{ count: number }>(
    "select count(*)::int as count from understudy.parked_transaction",
  )
  return counted.rows[0]?.count ?? 0
}
