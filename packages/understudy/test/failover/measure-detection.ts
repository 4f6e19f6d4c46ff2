import { startFaultProxy, startPostgres, type FaultProxy, type PostgresServer } from "understudy-db/testing"
import { sql } from "kysely"
import { setTimeout as wait } from "node:timers/promises"
import { Secret } from "../../src/base/secret.ts"
import { constantSource } from "../../src/engine/constant-source.ts"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import type { PostgresOptions } from "../../src/engine/postgres/options.ts"
import { isSuspicious } from "../../src/errors/classify.ts"
import { Monitor } from "../../src/failover/monitor.ts"
import { Sessions } from "../../src/session/sessions.ts"

// How soon a loss is noticed, with sessions and without, by kind of fault:
// node --conditions=understudy-source packages/understudy/test/failover/measure-detection.ts [ROUNDS]
const ROUNDS = Number(process.argv[2] ?? 20)
/** The fault comes at any moment between two probes. */
const LONGEST_LEAD_MS = 2_000

type Ground = { readonly server: PostgresServer; readonly proxy: FaultProxy }
const FAULTS: Readonly<
  Record<string, { break(ground: Ground): Promise<void> | void; heal(ground: Ground): Promise<void> }>
> = {
  "kill -9": { break: ({ server }) => server.kill(), heal: ({ server }) => server.start() },
  "immediate stop": { break: ({ server }) => server.stop("immediate"), heal: ({ server }) => server.start() },
  reset: {
    async break({ proxy }) {
      await proxy.refuse("reset")
      proxy.reset()
    },
    heal: ({ proxy }) => proxy.pass(),
  },
  SIGSTOP: { break: ({ server }) => server.pause(), heal: ({ server }) => server.resume() },
  "black hole": { break: ({ proxy }) => proxy.blackHole(), heal: ({ proxy }) => proxy.pass() },
}

function optionsFor(url: string): PostgresOptions {
  const { username, password, port, pathname } = new URL(url)
  return {
    parts: {
      user: username,
      password: new Secret(decodeURIComponent(password)),
      hosts: [{ host: "127.0.0.1", port: Number(port) }],
      database: pathname.slice(1),
      params: {},
    },
    poolMax: 10,
    connectTimeoutMs: 3_000,
    statementTimeoutMs: 10_000,
    values: { int8: "number", timestamptz: "date" },
  }
}

/** Point queries, one after the other, each error told as a suspicion, until stopped. */
async function use(engine: PostgresEngine, monitor: Monitor, signal: AbortSignal): Promise<void> {
  const { kysely } = new Sessions({ source: constantSource(engine), defaultTimeoutMs: () => 10_000 })
  while (!signal.aborted) {
    await sql`select 1`.execute(kysely).catch((error: unknown) => {
      if (isSuspicious(error)) monitor.suspect()
    })
    await wait(5)
  }
}

/** Milliseconds from the beginning of the fault to the word that the primary is lost. */
async function round(ground: Ground, fault: string, isUsed: boolean): Promise<number> {
  const options = optionsFor(ground.proxy.url(ground.server.url))
  const engine = await PostgresEngine.open(options, AbortSignal.timeout(10_000))
  const lost = Promise.withResolvers<number>()
  const probed = Promise.withResolvers<void>()
  const monitor = new Monitor(
    { postgres: options, redact: (text) => text },
    { lost: () => lost.resolve(performance.now()), back() {}, probed: () => probed.resolve() },
  )
  const stop = new AbortController()
  monitor.start("serving", { engine })
  await probed.promise
  const users = isUsed ? [1, 2, 3].map(() => use(engine, monitor, stop.signal)) : []
  await wait(Math.random() * LONGEST_LEAD_MS)
  const startMs = performance.now()
  const broken = FAULTS[fault]?.break(ground)
  const tookMs = (await lost.promise) - startMs
  stop.abort()
  monitor.close()
  await broken
  await engine.close()
  await FAULTS[fault]?.heal(ground)
  await Promise.all(users)
  return tookMs
}

await using server = await startPostgres()
await using proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: server.port } })
for (const fault of Object.keys(FAULTS)) {
  for (const isUsed of [false, true]) {
    const times: number[] = []
    for (let count = 0; count < ROUNDS; count++) times.push(await round({ server, proxy }, fault, isUsed))
    times.sort((one, other) => one - other)
    const at = (share: number): string => `${Math.round(times[Math.floor(share * (ROUNDS - 1))] ?? 0)} ms`
    const name = `${fault}, ${isUsed ? "three sessions" : "no session"}`
    process.stdout.write(`${name}: median ${at(0.5)}, p90 ${at(0.9)}, longest ${at(1)}, ${ROUNDS} rounds\n`)
  }
}
