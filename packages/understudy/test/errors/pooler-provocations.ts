import { Client } from "pg"
import type { Pgbouncer } from "../../../../test/support/pgbouncer.ts"
import { errorOf, type Provocation, type Stage } from "./stage.ts"

function behind(
  name: string,
  code: string,
  is: Provocation["is"],
  provoke: (stage: Stage, url: string, pooler: Pgbouncer) => Promise<unknown>,
): Provocation {
  return {
    name,
    code,
    is,
    async provoke(stage) {
      const pooler = await stage.pooler()
      return pooler === undefined ? undefined : provoke(stage, pooler.through(stage.server.url), pooler)
    },
  }
}

/** What pgbouncer says. */
export const POOLER_PROVOCATIONS: readonly Provocation[] = [
  behind("a pooler: a wrong password", "08P01", "authentication", (stage, url) =>
    stage.login(url, { password: "wrong" }),
  ),
  behind("a pooler: a user that it does not know", "08P01", "authentication", (stage, url) =>
    stage.login(url, { user: "unknown" }),
  ),
  behind("a pooler: a database that is not there", "08P01", "authentication", (stage, url) =>
    stage.login(url, { database: "nowhere" }),
  ),
  behind("a pooler: a parameter that it does not take", "08P01", "configuration", (_, url) =>
    errorOf(new Client({ connectionString: url, statement_timeout: 1_000 }).connect()),
  ),
  behind("a pooler: no place left", "08P01", "connection", async (stage, url) => {
    for (;;) {
      try {
        await stage.connect(url)
      } catch (error) {
        return error
      }
    }
  }),
  behind("a pooler: no turn in time", "08P01", "connection", async (stage, url) => {
    const [one, other] = [await stage.connect(url), await stage.connect(url)]
    await one.query("begin")
    return errorOf(other.query("select 1"))
  }),
  behind("a pooler: its server is away", "08P01", "connection", async (stage, url) => {
    const client = await stage.connect(url)
    await stage.server.stop("fast")
    return errorOf(client.query("select 1"))
  }),
  behind("a pooler: its server goes while a statement runs", "08P01", "connection", async (stage, url) => {
    const client = await stage.connect(url)
    await client.query("begin")
    const failed = errorOf(client.query("select pg_sleep(20)"))
    await stage.server.kill()
    return failed
  }),
  behind("a pooler that is ended", "any", "connection", async (stage, url, pooler) => {
    const client = await stage.connect(url)
    await client.query("begin")
    const failed = errorOf(client.query("select pg_sleep(20)"))
    await pooler[Symbol.asyncDispose]()
    return failed
  }),
]
