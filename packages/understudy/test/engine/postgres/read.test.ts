import { Client } from "pg"
import { expect, it, onTestFinished } from "vitest"
import { typeParsers } from "../../../src/engine/postgres/read.ts"
import { workerPostgres } from "../../../../../test/support/worker-postgres.ts"

it.each(["hex", "escape"])("promise 3: bytes come back whole with bytea_output %s", async (format) => {
  const server = await workerPostgres()
  const types = typeParsers({ int8: "number", timestamptz: "date" })
  const client = new Client({ connectionString: server.url, types })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query(`set bytea_output = ${format}`)
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const { rows } = await client.query("select $1::bytea as bytes", [all])
  expect(rows[0].bytes).toEqual(all)
})
