import { setTimeout as wait } from "node:timers/promises"
import type { PostgresServer } from "../testing/index.ts"
import { asAdmin } from "./as-admin.ts"
import { awayMs, forSome, type Scenario } from "./scenario.ts"

/** The server ends in some way, and is started again. */
function serverEnds(name: string, title: string, end: (server: PostgresServer) => Promise<void>): Scenario {
  return {
    name,
    title,
    fallsBack: true,
    async happen(stage, draw) {
      stage.down("refusal", "all")
      // Told first: what follows of it is seen while it happens.
      stage.tell(title)
      await end(stage.server)
      await forSome(stage, awayMs(draw))
      await stage.server.start()
    },
  }
}

const killed = serverEnds("kill", "PostgreSQL is killed (kill -9)", (server) => server.kill())
const stoppedAtOnce = serverEnds("immediate", "PostgreSQL is stopped at once (SIGQUIT)", (server) =>
  server.stop("immediate"),
)
const stoppedFast = serverEnds("fast", "PostgreSQL is stopped (SIGINT)", (server) => server.stop("fast"))

const frozen: Scenario = {
  name: "sigstop",
  title: "PostgreSQL is frozen by SIGSTOP: nothing answers",
  async happen(stage, draw) {
    await stage.server.pause()
    stage.tell("PostgreSQL is frozen (SIGSTOP)")
    stage.down("silence", "all")
    await forSome(stage, draw.between(2_000, 7_000))
    await stage.server.resume()
  },
}

const restart: Scenario = {
  name: "restart",
  title: "PostgreSQL is restarted, and away for 300 ms",
  async happen(stage, draw) {
    stage.tell("PostgreSQL is restarted")
    await stage.server.stop(draw.pick(["fast", "immediate"]))
    await wait(300)
    await stage.server.start()
  },
}

const restartLoop: Scenario = {
  name: "restart-loop",
  title: "PostgreSQL is killed and started, again and again",
  async happen(stage, draw) {
    const times = draw.between(3, 6)
    stage.tell(`PostgreSQL is killed and started ${times} times`)
    for (let time = 0; time < times; time += 1) {
      await stage.server.kill()
      await wait(draw.between(50, 1_200))
      await stage.server.start()
      await wait(draw.between(50, 1_500))
    }
  },
}

const TERMINATE_ALL =
  "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app' and pid <> pg_backend_pid()"

const password: Scenario = {
  name: "password",
  title: "the role's password is changed, and set back",
  async happen(stage, draw) {
    const { password: known } = new URL(stage.server.url)
    await asAdmin(stage.server, "alter role app password 'another'")
    stage.tell("the role's password is another one")
    if (draw.chance(70)) await asAdmin(stage.server, TERMINATE_ALL)
    await forSome(stage, draw.between(1_500, 6_000))
    await asAdmin(stage.server, `alter role app password '${known}'`)
  },
}

const terminated: Scenario = {
  name: "terminated",
  title: "pg_terminate_backend ends all connections, some times",
  async happen(stage, draw) {
    const times = draw.between(1, 8)
    stage.tell(`all connections are ended ${times} times`)
    for (let time = 0; time < times; time += 1) {
      await asAdmin(stage.server, TERMINATE_ALL)
      await wait(draw.between(10, 700))
    }
  },
}

/** What happens to PostgreSQL. */
export const SERVER_SCENARIOS: readonly Scenario[] = [
  killed,
  stoppedAtOnce,
  stoppedFast,
  frozen,
  restart,
  restartLoop,
  password,
  terminated,
]
