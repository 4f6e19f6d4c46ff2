import { Client } from "pg"
import Cursor from "pg-cursor"
import { startFaultProxy } from "understudy-db/testing"
import { expect, onTestFinished, test } from "vitest"
import { RowCursor } from "../../../src/engine/postgres/row-cursor.ts"
import { workerPostgres } from "../../../../../test/support/worker-postgres.ts"

/** A client whose way to the server is cut when the server says that a command is complete and it is ready again. */
async function clientCutBefore(type: string): Promise<{ client: Client; arm: () => void }> {
  const { url } = await workerPostgres()
  const { port } = new URL(url)
  const proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: Number(port) } })
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  const client = new Client(proxy.url(url))
  client.on("error", () => {})
  await client.connect()
  onTestFinished(() => client.end().catch(() => {}))
  const arm = (): void => proxy.onServerMessage((seen) => (seen === type ? "reset" : "pass"))
  return { client, arm }
}

test.each([
  ["C", "before the last rows are said to be the last"],
  ["3", "before the portal is closed"],
  ["Z", "before the server is ready again"],
])("a connection that is lost at %s, %s, ends who waits for rows (promise 1)", async (type) => {
  const { client, arm } = await clientCutBefore(type)
  arm()
  const cursor = new RowCursor(client, new Cursor("select * from generate_series(1, 3)"))
  await expect(cursor.read(10)).rejects.toThrow(/Connection terminated|ECONNRESET/)
  await cursor.close()
})

test("one that is lost between two portions ends who waits for the next, and who closes", async () => {
  const { client, arm } = await clientCutBefore("D")
  const text = "select * from generate_series(1, 100)"
  const cursor = new RowCursor<{ generate_series: number }>(client, new Cursor(text))
  expect(await cursor.read(10)).toHaveLength(10)
  arm()
  await expect(cursor.read(10)).rejects.toThrow(/Connection terminated|ECONNRESET/)
  await cursor.close()
})

test("the server's error is the server's, and the client is of use afterwards", async () => {
  const { client } = await clientCutBefore("never")
  const cursor = new RowCursor(client, new Cursor("select 1 / (3 - n) from generate_series(1, 9) n"))
  await expect(cursor.read(10)).rejects.toMatchObject({ code: "22012" })
  await cursor.close()
  const again = new RowCursor<{ one: number }>(client, new Cursor("select 1 as one"))
  expect(await again.read(10)).toEqual([{ one: 1 }])
  await again.close()
  expect((await client.query("select 2 as two")).rows).toEqual([{ two: 2 }])
})
