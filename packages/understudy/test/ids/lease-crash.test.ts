import type { Generated } from "kysely"
import { startPostgres } from "understudy-db/testing"
import { expect, it } from "vitest"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import { IdLeases } from "../../src/ids/id-leases.ts"
import { postgresOptions, sessionsOn } from "../support/engines.ts"

interface Tables {
  t: { id: Generated<number>; a: number }
}

it("promise 4: a server that commits without waiting for the disk, and crashes, gives no leased id again", async () => {
  await using server = await startPostgres({
    settings: { synchronous_commit: "off", wal_writer_delay: "10s" },
  })
  const open = (): Promise<PostgresEngine> =>
    PostgresEngine.open(postgresOptions(server.url), AbortSignal.timeout(10_000))
  const engine = await open()
  const { kysely } = sessionsOn<Tables>(engine)
  await kysely.schema
    .createTable("t")
    .addColumn("id", "bigint", (column) => column.generatedAlwaysAsIdentity().primaryKey())
    .addColumn("a", "integer")
    .execute()
  let ms = 0
  const leases = new IdLeases({ clock: { monotonicMs: () => (ms += 60_000), now: () => new Date() } })
  await leases.topUp(engine, ["t"])
  await kysely.insertInto("t").values({ a: 1 }).execute()
  await leases.topUp(engine, ["t"])
  await server.kill()
  const leased = leases.source.next({ name: "t.id", type: "int8", nextTaken: () => undefined })
  await engine.close()
  await server.start()
  const again = await open()
  const { id } = await sessionsOn<Tables>(again)
    .kysely.insertInto("t")
    .values({ a: 2 })
    .returning("id")
    .executeTakeFirstOrThrow()
  await again.close()
  expect(leased).toBe(2n)
  expect(id).toBeGreaterThan(1_001)
})
