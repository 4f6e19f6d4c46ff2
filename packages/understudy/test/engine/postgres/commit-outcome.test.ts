import { Client } from "pg"
import { PostgresEngine } from "../../../src/engine/postgres/engine.ts"
import { postgresOptions } from "../../support/engines.ts"
import { startPostgres } from "understudy-db/testing"
import { expect, it, onTestFinished } from "vitest"
import { CLUSTER, decideCommit, LIFE, type Ask } from "../../../src/engine/postgres/commit-outcome.ts"
import { workerPostgres } from "../../../../../test/support/worker-postgres.ts"

const LIMITS = { now: () => performance.now(), limitMs: 5_000 }

/** Promise 4: whoever answers must be the server on which the transaction ran. */
it("a transaction is decided by its own cluster, and by no other", async () => {
  const server = await workerPostgres()
  const client = new Client({ connectionString: server.url })
  await client.connect()
  onTestFinished(() => client.end())
  const ask: Ask = async <R extends object>(sql: string, values: readonly string[]) =>
    (await client.query<R>(sql, [...values])).rows
  const one = async (sql: string): Promise<string> =>
    String(Object.values((await client.query(sql)).rows[0] as object)[0])
  const cluster = await one(`select ${CLUSTER} as cluster`)
  const life = await one(`select ${LIFE}`)
  const committed = await one("select pg_current_xact_id()::text")
  await client.query("begin")
  const aborted = await one("select pg_current_xact_id()::text")
  await client.query("rollback")

  const decide = (xid: string, of: string | null): Promise<unknown> =>
    decideCommit({ xid, life, cluster: of }, ask, LIMITS)
  expect(await decide(committed, cluster)).toEqual({ outcome: "committed" })
  expect(await decide(committed, null)).toEqual({ outcome: "committed" })
  expect(await decide(aborted, cluster)).toEqual({ outcome: "aborted" })
  expect(await decide(committed, "another/1")).toMatchObject({ outcome: "unknown" })
  expect(await decide(String(BigInt(committed) + 1_000_000n), cluster)).toMatchObject({ outcome: "unknown" })
})

/** Promise 4: a crash loses numbers of transactions that were not on disk, and the next ones get them. */
it("a transaction that was lost in a crash is not taken for the one that got its number", async () => {
  await using server = await startPostgres({ settings: { autovacuum: "off" } })
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: server.url })
    client.on("error", () => {})
    await client.connect()
    return client
  }
  const begin = `begin; select pg_current_xact_id()::text as xid, ${LIFE} as life`
  const begun = async (client: Client): Promise<{ xid: string; life: string }> => {
    const results = (await client.query(begin)) as unknown as { rows: { xid: string; life: string }[] }[]
    const row = results[1]?.rows[0]
    if (row === undefined) throw new Error("nothing was begun")
    return row
  }
  const lost = await begun(await connect())
  await server.kill()
  await server.start()

  const client = await connect()
  onTestFinished(() => client.end())
  const asking = await connect()
  onTestFinished(() => asking.end())
  const ask: Ask = async <R extends object>(sql: string, values: readonly string[]) =>
    (await asking.query<R>(sql, [...values])).rows
  const cluster = String((await client.query(`select ${CLUSTER} as cluster`)).rows[0].cluster)
  const decided = (transaction: { xid: string; life: string }): Promise<unknown> =>
    decideCommit({ ...transaction, cluster }, ask, LIMITS)

  let other = await begun(client)
  while (BigInt(other.xid) < BigInt(lost.xid)) {
    await client.query("commit")
    other = await begun(client)
  }
  expect(other.xid).toBe(lost.xid)
  expect(await decided(lost)).toEqual({ outcome: "aborted" })
  await client.query("commit")
  expect(await decided(other)).toEqual({ outcome: "committed" })
  expect(await decided(lost)).toEqual({ outcome: "unknown", detail: "the server has crashed meanwhile" })
})

it("the engine learns it, however long is left of the time (promise 4)", async () => {
  await using server = await startPostgres()
  const options = { ...postgresOptions(server.url), connectTimeoutMs: 60_000 }
  const engine = await PostgresEngine.open(options, AbortSignal.timeout(10_000))
  onTestFinished(() => engine.close())
  const client = new Client({ connectionString: server.url })
  // The server ends before the client does.
  client.on("error", () => {})
  await client.connect()
  onTestFinished(() => client.end())
  const { rows } = await client.query<{ xid: string; life: string }>(
    `select pg_current_xact_id()::text as xid, ${LIFE} as life`,
  )
  const [transaction] = rows
  if (transaction === undefined) throw new Error("nothing was begun")
  for (const limitMs of [20_000.25, 9_999.875])
    expect(await engine.decide(transaction, limitMs)).toEqual({ outcome: "committed" })
})
