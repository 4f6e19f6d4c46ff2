import { Client } from "pg"
import { expect, it, onTestFinished } from "vitest"
import { CLUSTER, decideCommit, type Ask } from "../../../src/engine/postgres/commit-outcome.ts"
import { workerPostgres } from "../../../../../test/support/worker-postgres.ts"

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
  const committed = await one("select pg_current_xact_id()::text")
  await client.query("begin")
  const aborted = await one("select pg_current_xact_id()::text")
  await client.query("rollback")

  const decide = (xid: string, of: string | null): Promise<unknown> =>
    decideCommit({ xid, cluster: of }, ask, () => performance.now())
  expect(await decide(committed, cluster)).toEqual({ outcome: "committed" })
  expect(await decide(committed, null)).toEqual({ outcome: "committed" })
  expect(await decide(aborted, cluster)).toEqual({ outcome: "aborted" })
  expect(await decide(committed, "another/1")).toMatchObject({ outcome: "unknown" })
  expect(await decide(String(BigInt(committed) + 1_000_000n), cluster)).toMatchObject({ outcome: "unknown" })
})
