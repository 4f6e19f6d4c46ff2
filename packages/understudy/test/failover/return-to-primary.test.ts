import { expect, onTestFinished, test } from "vitest"
import { silentLogger } from "../../src/base/logger.ts"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import { CopyRecord } from "../../src/mirror/copy-record.ts"
import { readCopy } from "../../src/mirror/copy-on-disk.ts"
import { HandBack } from "../../src/failover/hand-back.ts"
import { returnToPrimary } from "../../src/failover/return-to-primary.ts"
import { StandIn } from "../../src/failover/stand-in.ts"
import { Replay } from "../../src/replay/replay.ts"
import { postgresOptions } from "../support/engines.ts"
import { openReplayedPair, type ReplayedPair } from "../replay/replayed-pair.ts"

/** A primary, and a file that stands in for it and takes writes. */
async function standingIn(
  prepare: (pair: ReplayedPair) => Promise<void>,
): Promise<{ pair: ReplayedPair; standIn: StandIn; handBack: HandBack }> {
  const pair = await openReplayedPair((db) =>
    db.schema
      .createTable("account")
      .addColumn("id", "text", (column) => column.primaryKey())
      .execute(),
  )
  onTestFinished(() => pair[Symbol.asyncDispose]())
  await prepare(pair)
  const primary = await PostgresEngine.open(postgresOptions(pair.url), AbortSignal.timeout(10_000))
  onTestFinished(() => primary.close())
  const standIn = new StandIn({
    opened: { engine: pair.engine, file: pair.file, hiddenCopy: null, findings: [], release() {} },
    refusesWrites: undefined,
    primaryServed: false,
    cluster: null,
    keepsWrites: true,
    holdsUnknownRows: false,
    redact: (text) => text,
    logger: silentLogger,
  })
  await standIn.openWrites()
  const handBack = new HandBack(primary, {}, () => new Replay(pair.options(), { progressed() {} }))
  onTestFinished(() => handBack.stop())
  return { pair, standIn, handBack }
}

test("promise 4: with its changes the file forgets no table whose rows PostgreSQL did not take, settled since or not", async () => {
  const { pair, standIn, handBack } = await standingIn(async ({ on, client }) => {
    await client.query("insert into account values ('taken')")
    await on((writer) => {
      const record = new CopyRecord(writer)
      record.create()
      record.sawPrimary({ mark: null, cluster: null })
      record.setPosition({ cursor: null, life: "", asOf: new Date(), migrations: [] })
      record.setTables([{ name: "account", shape: "as it is", absence: null, detail: null }])
    })
  })
  expect([...readCopy(pair.file).withheld.keys()]).toEqual([])
  await pair.write("insert into account values ('taken')")
  await handBack.run()
  await pair.client.query("update understudy.parked_transaction set state = 'dismissed'")
  expect(
    await returnToPrimary({ standIn, handBack, warmUp: () => Promise.resolve(), holdWrites() {} }),
  ).toMatchObject({
    outdated: ["account"],
  })
  // As a process that is killed in this moment leaves it.
  expect(standIn.pending().changes).toBe(0)
  expect([...readCopy(pair.file).withheld.keys()]).toEqual(["account"])
})

test("promise 4: the last write on a file that was set back is handed back, wherever the primary's cursor is", async () => {
  const { pair, standIn, handBack } = await standingIn(async (before) => {
    await before.capture()
    for (const id of ["a", "b", "c", "d"]) await before.write(`insert into account values ('${id}')`)
    await before.replay()
    // As a copy of the file would be that ends here.
    await before.on((writer) => writer.exec("delete from understudy_change where seq > 1"))
  })
  const begun = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const last = pair.local.write(async (session) => {
    await session.insertInto("account").values({ id: "last" }).execute()
    begun.resolve()
    await held.promise
  })
  await begun.promise
  const returned = await returnToPrimary({
    standIn,
    handBack,
    warmUp: () => Promise.resolve(),
    holdWrites: () => held.resolve(),
  })
  await last
  expect(returned).toMatchObject({ held: null, kept: 0 })
  expect(await pair.rows("account")).toEqual(["a", "b", "c", "d", "last"].map((id) => ({ id })))
})

test("promise 1: new writes wait some seconds at most, whoever holds a row on PostgreSQL", async () => {
  const { pair, standIn, handBack } = await standingIn(async ({ both }) => {
    await both((db) => db.insertInto("account").values({ id: "held" }).execute())
  })
  await pair.write("insert into account values ('before')")
  await pair.client.query("begin; select from account where id = 'held' for update")
  const begun = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const last = pair.local.write(async (session) => {
    await session.deleteFrom("account").where("id", "=", "held").execute()
    begun.resolve()
    await released.promise
  })
  await begun.promise
  let heldAtMs = 0
  const holdWrites = (): void => {
    heldAtMs = performance.now()
    released.resolve()
  }
  await expect(
    returnToPrimary({ standIn, handBack, warmUp: () => Promise.resolve(), holdWrites }),
  ).rejects.toMatchObject({
    code: "UNDERSTUDY_TIMEOUT",
  })
  expect(performance.now() - heldAtMs).toBeLessThan(25_000)
  await last
  await handBack.stop()
  standIn.engine.resume()
  await pair.write("insert into account values ('meanwhile')")
  expect(standIn.pending().changes).toBe(3)
}, 60_000)
