import { join } from "node:path"
import { Client } from "pg"
import { expect, test } from "vitest"
import { silentLogger } from "../../src/base/logger.ts"
import { migrate } from "../../src/migrate/migrate.ts"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import { Standby } from "../../src/failover/standby.ts"
import { readSettings } from "../../src/settings/read-settings.ts"
import { listenOnLoopback } from "../../../../test/support/tcp-listener.ts"
import { postgresOptions } from "../support/engines.ts"
import { MIGRATIONS, useStage } from "./mirrored-program.ts"

const stage = useStage()
const VALUES = { int8: "number", timestamptz: "date" } as const

function standBy(name: string, url = stage.url): Standby {
  return new Standby({
    settings: readSettings({}),
    values: VALUES,
    redact: (text) => text,
    mirrors: true,
    cluster: null,
    logger: silentLogger,
    migrations: MIGRATIONS,
    postgres: postgresOptions(url, { values: VALUES }),
    candidate: {
      kind: "sqlite",
      role: "fallback",
      file: join(stage.folder, name),
      durability: "ephemeral",
      lastResort: false,
      copyFile: null,
      reason: "",
    },
    handBack: () => Promise.resolve(),
    began() {},
    changed() {},
    primaryChanged() {},
  })
}

test("a first copy is made to its end though nobody uses the database (promise 4)", async () => {
  const engine = await PostgresEngine.open(
    postgresOptions(stage.url, { values: VALUES }),
    AbortSignal.timeout(10_000),
  )
  await migrate(engine, MIGRATIONS)
  await engine.close()
  const client = new Client(stage.url)
  await client.connect()
  await client.query("insert into account select g::text, g from generate_series(1, 200000) g")
  await client.end()
  const standby = standBy("fallback.sqlite")
  const copying = { name: "account", state: "copying", reason: null, detail: null }
  await expect.poll(() => standby.status().tables, { timeout: 20_000, interval: 10 }).toEqual([copying])
  standby.sleep()
  await expect.poll(() => standby.status().state, { timeout: 20_000 }).toBe("live")
  standby.sleep()
  expect(standby.status().state).toBe("stale")
  standby.wake()
  await expect.poll(() => standby.status().state, { timeout: 20_000 }).toBe("live")
  await standby.close()
})

test("a primary that refuses the mirror is not asked again while nobody uses the database (promise 2)", async () => {
  let asleep = 0
  let awake = 0
  await using one = await listenOnLoopback((socket) => {
    asleep += 1
    socket.destroy()
  })
  await using other = await listenOnLoopback((socket) => {
    awake += 1
    socket.destroy()
  })
  const urlOf = (port: number): string => `postgresql://app:secret@127.0.0.1:${port}/app`
  const sleeper = standBy("one.sqlite", urlOf(one.port))
  await expect.poll(() => sleeper.status().reason, { timeout: 20_000 }).toBe("mirror.failed")
  sleeper.sleep()
  const before = asleep
  const watcher = standBy("other.sqlite", urlOf(other.port))
  await expect.poll(() => awake, { timeout: 20_000 }).toBeGreaterThanOrEqual(3)
  expect(asleep).toBe(before)
  sleeper.wake()
  await expect.poll(() => asleep, { timeout: 20_000 }).toBeGreaterThan(before)
  await Promise.all([sleeper.close(), watcher.close()])
})
