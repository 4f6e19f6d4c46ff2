import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it, onTestFinished } from "vitest"
import { migrate } from "../../src/migrate/migrate.ts"
import { sessionsOn } from "../support/engines.ts"
import { openFile, REBUILDING } from "./rebuilding-migrations.ts"

const CHILD = fileURLToPath(new URL("killed-while-migrating.ts", import.meta.url))

it("promise 4: a process killed while it makes a table anew leaves the file as it was", async () => {
  const folder = await mkdtemp(join(tmpdir(), "understudy-crash-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, "test.sqlite")
  const { make, rebuild } = REBUILDING
  const first = openFile(file)
  await migrate(first, { "001": make })
  await first.close()

  const child = spawn(process.execPath, ["--conditions=understudy-source", CHILD, file], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const ended = once(child, "exit")
  await Promise.race([once(child.stdout, "data"), ended])
  child.kill("SIGKILL")
  expect(await ended).toEqual([null, "SIGKILL"])

  const engine = openFile(file)
  onTestFinished(() => engine.close())
  const { kysely } = sessionsOn<Record<string, Record<string, unknown>>>(engine)
  const columns = async (): Promise<unknown> =>
    (await kysely.introspection.getTables())
      .find(({ name }) => name === "t")
      ?.columns.map(({ name, dataType }) => `${name} ${dataType}`)
  expect(await columns()).toEqual(["id int4", "a text"])
  expect(await kysely.selectFrom("t").selectAll().execute()).toHaveLength(500)
  expect(await kysely.selectFrom("c").selectAll().execute()).toEqual([{ t: 1 }, { t: 500 }])

  expect((await migrate(engine, { "001": make, "002": rebuild })).applied).toEqual(["002"])
  expect(await columns()).toEqual(["id int4", "a varchar", "b int4"])
  expect(await kysely.insertInto("t").values({ a: "next" }).returning("id").execute()).toEqual([{ id: 501 }])
  await kysely.deleteFrom("t").where("id", "=", 1).execute()
  expect(await kysely.selectFrom("c").selectAll().execute()).toEqual([{ t: 500 }])
})
