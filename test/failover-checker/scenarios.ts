import { setTimeout as wait } from "node:timers/promises"
import { Client } from "pg"
import type { FaultProxy, PostgresServer } from "understudy-db/testing"
import { FAULT_POINTS } from "../../packages/understudy/src/base/fault-point.ts"
import type { Draw } from "../fuzz/draw.ts"
import { dyingAt } from "../mirror-checker/fault-points.ts"
import type { BackendProcess } from "./backend-process.ts"
import type { Down } from "./figures.ts"

/** What goes wrong goes wrong here. */
export interface Stage {
  readonly server: PostgresServer
  readonly proxy: FaultProxy
  readonly backend: BackendProcess
  /** Told what happens, as it happens. */
  tell(event: string): void
  /** Told that the primary cannot be reached from now on, and how one learns of it. */
  down(how: Down["how"]): void
}

/** What goes wrong under load; when the promise resolves, everything is there again. */
export interface Scenario {
  readonly name: string
  happen(stage: Stage, draw: Draw): Promise<void>
}

/** Long enough for the fallback to take writes, most times. */
const awayMs = (draw: Draw): number => draw.between(800, 4_000)

async function forSome(stage: Stage, forMs: number): Promise<void> {
  stage.tell(`for ${forMs} ms`)
  await wait(forMs)
}

/** The server ends in some way, and is started again. */
function serverEnds(name: string, end: (server: PostgresServer) => Promise<void>): Scenario {
  return {
    name,
    async happen(stage, draw) {
      stage.down("refusal")
      await end(stage.server)
      await forSome(stage, awayMs(draw))
      await stage.server.start()
    },
  }
}

const killed = serverEnds("kill", (server) => server.kill())
const stoppedAtOnce = serverEnds("immediate", (server) => server.stop("immediate"))
const stoppedFast = serverEnds("fast", (server) => server.stop("fast"))

const frozen: Scenario = {
  name: "sigstop",
  async happen(stage, draw) {
    await stage.server.pause()
    stage.down("silence")
    await forSome(stage, draw.between(2_000, 7_000))
    await stage.server.resume()
  },
}

const blackHole: Scenario = {
  name: "black-hole",
  async happen(stage, draw) {
    const directions = draw.pick(["both", "both", "toClient", "toServer"] as const)
    stage.tell(directions)
    stage.proxy.blackHole(directions)
    stage.down("silence")
    await forSome(stage, draw.between(2_000, 7_000))
    // What waited goes on, or never arrives.
    if (draw.chance(50)) stage.proxy.reset()
    await stage.proxy.pass()
  },
}

const refused: Scenario = {
  name: "refused",
  async happen(stage, draw) {
    const how = draw.pick(["closed-port", "reset"] as const)
    stage.tell(how)
    stage.down("refusal")
    await stage.proxy.refuse(how)
    if (draw.chance(50)) stage.proxy.reset()
    else stage.proxy.close()
    await forSome(stage, awayMs(draw))
    await stage.proxy.pass()
  },
}

/** Connections are cut just when a COMMIT comes, or when its answer does. */
const cutCommit: Scenario = {
  name: "cut-commit",
  async happen(stage, draw) {
    const kind = draw.pick(["reset", "close", "blackHole"] as const)
    const side = draw.pick(["COMMIT", "its answer"] as const)
    stage.tell(`${kind} at ${side}`)
    let cuts = 0
    const cut = (): "pass" | typeof kind => {
      cuts += 1
      return kind
    }
    if (side === "COMMIT")
      stage.proxy.onClientMessage((type, payload) =>
        type === "Q" && /^commit/i.test(payload.toString("latin1")) ? cut() : "pass",
      )
    else
      stage.proxy.onServerMessage((type, payload) =>
        type === "C" && payload.toString("latin1").startsWith("COMMIT") ? cut() : "pass",
      )
    await wait(draw.between(50, 500))
    const isOutage = draw.chance(70)
    if (isOutage) {
      await stage.proxy.refuse("closed-port")
      stage.proxy.reset()
      await forSome(stage, awayMs(draw))
    }
    await stage.proxy.pass()
    stage.tell(`${cuts} were cut${isOutage ? ", and then all" : ""}`)
  },
}

const restart: Scenario = {
  name: "restart",
  async happen(stage, draw) {
    await stage.server.stop(draw.pick(["fast", "immediate"]))
    await wait(300)
    await stage.server.start()
  },
}

const restartLoop: Scenario = {
  name: "restart-loop",
  async happen(stage, draw) {
    const times = draw.between(3, 6)
    stage.tell(`${times} times`)
    for (let time = 0; time < times; time += 1) {
      await stage.server.kill()
      await wait(draw.between(50, 1_200))
      await stage.server.start()
      await wait(draw.between(50, 1_500))
    }
  },
}

const flapping: Scenario = {
  name: "flapping",
  async happen(stage, draw) {
    const times = draw.between(3, 6)
    stage.tell(`${times} times`)
    for (let time = 0; time < times; time += 1) {
      await stage.proxy.refuse(draw.pick(["closed-port", "reset"]))
      stage.proxy.reset()
      await wait(1_000)
      await stage.proxy.pass()
      await wait(1_000)
    }
  },
}

const ourselves: Scenario = {
  name: "stopped-ourselves",
  async happen(stage, draw) {
    const isOutage = draw.chance(50)
    if (isOutage) {
      await stage.server.kill()
      await wait(draw.between(0, 1_500))
    }
    stage.tell(`the backend is stopped${isOutage ? ", while the primary is away" : ""}`)
    stage.backend.stop()
    await wait(5_000)
    if (isOutage) await stage.server.start()
    stage.backend.goOn()
  },
}

/** The backend is killed while it serves from SQLite, and comes back before the primary, or after. */
const killedInFallback: Scenario = {
  name: "killed-in-fallback",
  async happen(stage, draw) {
    await stage.server.kill()
    const times = draw.between(1, 3)
    for (let time = 0; time < times; time += 1) {
      await wait(draw.between(200, 2_000))
      await stage.backend.kill()
      stage.tell("the backend is killed")
      if (draw.chance(70)) await stage.backend.launch()
    }
    await wait(draw.between(0, 1_000))
    await stage.server.start()
    if (!stage.backend.isRunning) await stage.backend.launch()
  },
}

/** The backend is killed about when it hands its writes back. */
const killedInReturn: Scenario = {
  name: "killed-in-return",
  async happen(stage, draw) {
    await stage.server.kill()
    await forSome(stage, awayMs(draw))
    await stage.server.start()
    const times = draw.between(1, 3)
    for (let time = 0; time < times; time += 1) {
      await untilReturning(stage)
      await wait(draw.between(0, 150))
      await stage.backend.kill()
      stage.tell("the backend is killed")
      await wait(draw.between(0, 300))
      await stage.backend.launch()
    }
  },
}

/** So long it is waited for a backend to return, or to die where it was told to. */
const RETURN_LIMIT_MS = 6_000

async function untilReturning({ backend }: Stage): Promise<void> {
  const untilMs = performance.now() + RETURN_LIMIT_MS
  while (performance.now() < untilMs) {
    const standing = await backend.standing()
    if (standing === null || standing.state !== "fallback") return
    await wait(5)
  }
}

/** The backend ends at a numbered step of the replay. */
const killedAtStep: Scenario = {
  name: "killed-at-step",
  async happen(stage, draw) {
    const point = draw.pick(FAULT_POINTS.filter((name) => name.startsWith("replay.")))
    const count = draw.pick([1, 1, 1, 2, 3])
    await stage.server.kill()
    await wait(draw.between(0, 1_000))
    await stage.backend.kill()
    stage.tell(`${point}, time ${count}`)
    await stage.backend.launch(dyingAt(point, count))
    await forSome(stage, awayMs(draw))
    await stage.server.start()
    const limit = new AbortController()
    await Promise.race([
      stage.backend.ended(),
      wait(RETURN_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {}),
    ])
    limit.abort()
    stage.tell(stage.backend.isRunning ? "it was not reached" : "the backend has ended there")
    await stage.backend.kill()
    await stage.backend.launch()
  },
}

/** The primary fails again while writes are handed back to it. */
const killedWhileReturning: Scenario = {
  name: "primary-killed-in-return",
  async happen(stage, draw) {
    await stage.server.kill()
    await forSome(stage, awayMs(draw))
    const times = draw.between(1, 3)
    for (let time = 0; time < times; time += 1) {
      await stage.server.start()
      await untilReturning(stage)
      await wait(draw.between(0, 200))
      if (draw.chance(60)) await stage.server.kill()
      else {
        await stage.proxy.refuse("closed-port")
        stage.proxy.reset()
      }
      stage.tell("the primary fails again")
      await wait(draw.between(100, 2_000))
      await stage.proxy.pass()
    }
    await stage.server.start()
  },
}

async function asAdmin(server: PostgresServer, statement: string): Promise<void> {
  const client = new Client({ connectionString: server.adminUrl })
  client.on("error", () => {})
  await client.connect()
  await client.query(statement)
  await client.end()
}

const TERMINATE_ALL =
  "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app' and pid <> pg_backend_pid()"

const password: Scenario = {
  name: "password",
  async happen(stage, draw) {
    const { password: known } = new URL(stage.server.url)
    await asAdmin(stage.server, "alter role app password 'another'")
    if (draw.chance(70)) await asAdmin(stage.server, TERMINATE_ALL)
    await forSome(stage, draw.between(1_500, 6_000))
    await asAdmin(stage.server, `alter role app password '${known}'`)
  },
}

const terminated: Scenario = {
  name: "terminated",
  async happen(stage, draw) {
    const times = draw.between(1, 8)
    stage.tell(`${times} times`)
    for (let time = 0; time < times; time += 1) {
      await asAdmin(stage.server, TERMINATE_ALL)
      await wait(draw.between(10, 700))
    }
  },
}

/** All there is, the plain ones first. */
export const SCENARIOS: readonly Scenario[] = [
  killed,
  stoppedAtOnce,
  stoppedFast,
  frozen,
  blackHole,
  refused,
  cutCommit,
  restart,
  restartLoop,
  flapping,
  ourselves,
  killedInFallback,
  killedInReturn,
  killedAtStep,
  killedWhileReturning,
  password,
  terminated,
]
