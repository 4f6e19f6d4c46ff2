import { cp, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { Client } from "pg"
import { startPostgres, type PostgresServer } from "../testing/index.ts"
import { actOf, type Act } from "./act.ts"
import { drawFrom, type Draw } from "./draw.ts"
import type { Down } from "./figures.ts"
import { describeEntry, History } from "./history.ts"
import { Instance } from "./instance.ts"
import { Load, type Reads } from "./load.ts"
import { Others } from "./others.ts"
import type { Scenario, Stage } from "./scenario.ts"
import { compareCopy, untilReturned } from "./settle.ts"
import { prepare } from "./tables.ts"
import { countParked, findWrong } from "./verdict.ts"

/** What a drill is. */
export interface DrillOptions {
  /** From it all is drawn that is left to chance. */
  readonly seed: number
  /** What goes wrong, one after the other. */
  readonly scenarios: (draw: Draw) => Iterable<Scenario>
  /** Backends on the one primary, each with its own fallback. Default 1. */
  readonly instances?: number
  /** Operations a second through all backends together. Default 60. */
  readonly rate?: number
  /** Told what happens, as it happens; the time is in milliseconds since the drill began. */
  readonly onEvent?: (atMs: number, event: string) => void
  /** Told what became of each scenario. */
  readonly onAct?: (act: Act) => void
}

/** What a drill came to. */
export interface DrillResult {
  /** What should not have been, in words; the drill ends with the first. */
  readonly found: readonly string[]
  readonly events: readonly string[]
  readonly acts: readonly Act[]
  readonly history: History
  readonly reads: Reads
  /** Transactions that the primary keeps parked in the end. */
  readonly parked: number
  /** The primary's version. */
  readonly version: string
  /** The folder with everything; null where nothing was found. */
  readonly kept: string | null
}

/** How long there is load before anything goes wrong, and after it. Milliseconds. */
const BEFORE = [500, 1_500] as const
const AFTER = [0, 2_500] as const

/** Connections that a backend may have: the fewest that it can do with, its default behind a pooler, and its default. */
const POOLS = [3, 5, 10] as const

/** Lets scenarios happen, one after the other, to backends under load, and looks after each what came of it. */
export async function drill(options: DrillOptions): Promise<DrillResult> {
  const ground = await mkdtemp(join(tmpdir(), "understudy-drill-"))
  const result = await drillOn(ground, options).catch(async (error: unknown) => {
    await rm(ground, { recursive: true, force: true })
    throw error
  })
  if (result.kept === null) await rm(ground, { recursive: true, force: true })
  else {
    const lines = [...result.found, ...result.events, ...result.history.entries.map(describeEntry)]
    await writeFile(join(ground, "history.txt"), lines.join("\n"))
  }
  return result
}

async function drillOn(ground: string, options: DrillOptions): Promise<DrillResult> {
  const { seed, rate = 60, instances: count = 1 } = options
  const draw = drawFrom(seed)
  const history = new History()
  const events: string[] = []
  const tell = (event: string): void => {
    const atMs = history.now()
    events.push(`${atMs} ms: ${event}`)
    options.onEvent?.(atMs, event)
  }
  await using server = await startPostgres({ settings: { max_connections: "80" } })
  await using stack = new AsyncDisposableStack()
  const instances: Instance[] = []
  for (let number = 1; number <= count; number += 1) {
    const name = count === 1 ? "backend" : `backend ${number}`
    const poolMax = draw.pick(POOLS)
    tell(`${name} may have ${poolMax} connections`)
    instances.push(stack.use(await Instance.start(name, ground, server, { poolMax, history, tell })))
  }
  const others = stack.use(new Others(server.url))
  await prepare(others.db)
  const reads: Reads = { times: 0, longestMs: 0, wrong: new Map() }
  const load = new Load({ rate, instances, others, history, reads, draw })
  const acts: Act[] = []

  let { found, parked } = await look(server, instances, history, reads)
  for (const scenario of options.scenarios(draw)) {
    if (found.length > 0) break
    const beganAtMs = history.now()
    const chosen = draw.pick(instances)
    const downs: Down[] = []
    const stage: Stage = {
      server,
      proxy: chosen.proxy,
      backend: chosen.backend,
      tell,
      down: (how, whom) =>
        void downs.push({ atMs: history.now(), how, instance: whom === "all" ? null : chosen.name }),
    }
    load.start()
    await wait(draw.between(...BEFORE))
    tell(`scenario ${scenario.name}${count === 1 ? "" : `, at ${chosen.name}`}`)
    const failure = await whyNotPlayed(scenario, stage, draw)
    tell("all is there again")
    await wait(draw.between(...AFTER))
    await load.stop()
    const before = parked
    if (failure === undefined) ({ found, parked } = await look(server, instances, history, reads))
    else found = [failure]
    if (found.length === 0 && scenario.fallsBack === true && !hasFallenBack(chosen, beganAtMs))
      found = [`${chosen.name} has not fallen back`]
    tell(found.length === 0 ? `all is as it must be; ${parked} parked so far` : "NOT as it must be")
    const act = actOf({
      scenario: scenario.name,
      beganAtMs,
      endedAtMs: history.now(),
      downs,
      parked: parked - before,
      found,
      entries: history.entries,
      instances,
    })
    acts.push(act)
    options.onAct?.(act)
  }
  for (const { backend } of instances) await backend.close()
  found = [...found, ...instances.flatMap(({ backend }) => backend.failure ?? [])]
  const kept = found.length === 0 ? null : ground
  if (kept !== null) await keepServer(server, kept)
  return { found, events, acts, history, reads, parked, version: server.version, kept }
}

async function whyNotPlayed(scenario: Scenario, stage: Stage, draw: Draw): Promise<string | undefined> {
  try {
    await scenario.happen(stage, draw)
    return undefined
  } catch (error) {
    return `the scenario was not played to its end: ${String(error)}`
  }
}

function hasFallenBack({ states }: Instance, sinceMs: number): boolean {
  return states.some(({ atMs, state }) => atMs >= sinceMs && state === "fallback")
}

/** Its log and its data, for whoever looks into what was found. */
async function keepServer(server: PostgresServer, ground: string): Promise<void> {
  await writeFile(join(ground, "server.log"), await server.log())
  if (server.pid !== null) await server.stop("fast").catch(() => {})
  await cp(server.dataFolder, join(ground, "postgresql"), { recursive: true })
}

/** Waits until all have returned, and looks whether everything is as it must be. */
async function look(
  server: PostgresServer,
  instances: readonly Instance[],
  history: History,
  reads: Reads,
): Promise<{ readonly found: readonly string[]; readonly parked: number }> {
  const late = await Promise.all(instances.map(({ backend }) => untilReturned(backend)))
  const found = late.filter((why) => why !== undefined)
  const client = new Client({ connectionString: server.url })
  client.on("error", () => {})
  await client.connect()
  try {
    if (found.length > 0) return { found, parked: await countParked(client) }
    found.push(...(await findWrong(client, history)))
    for (const instance of instances) found.push(...(await compareCopy(client, instance)))
    for (const [what, times] of reads.wrong) found.push(`${times} reads: ${what}`)
    return { found, parked: await countParked(client) }
  } finally {
    await client.end()
  }
}
