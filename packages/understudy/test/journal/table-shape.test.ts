import { Client } from "pg"
import { startPostgres } from "understudy-db/testing"
import { expect, test } from "vitest"
import { installCapture, installJournal } from "../../src/journal/install-capture.ts"
import { findPrimaryTables } from "../../src/journal/primary-table.ts"
import { ASK_SHAPE, readShapes } from "../../src/journal/table-shape.ts"
import { shapeOf } from "../../src/mirror/round.ts"

test("promise 4: a partition that comes and goes between two looks is noticed", async () => {
  await using server = await startPostgres()
  await using database = await server.createDatabase()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    await client.query(`
      create table reading (region text, id int, primary key (region, id)) partition by list (region);
      create table north partition of reading for values in ('north');
      create table south partition of reading for values in ('south')`)
    await installJournal(client)
    const [table] = await findPrimaryTables(client, ["reading"])
    if (table === undefined) throw new Error("the table is not found")
    await installCapture(client, table)
    const look = async (): Promise<string> => {
      const { rows } = await client.query<{ shape: string }>(`select ${ASK_SHAPE} as shape`, [[table.oid]])
      const [row] = rows
      expect(row?.shape).toBe(shapeOf(await readShapes(client, [table.oid])))
      return row?.shape ?? ""
    }
    const shapes = [await look()]
    for (let time = 0; time < 3; time += 1) {
      await client.query("alter table reading detach partition south")
      shapes.push(await look())
      await client.query("alter table reading attach partition south for values in ('south')")
      shapes.push(await look())
    }
    expect(new Set(shapes).size).toBe(shapes.length)
    expect(await look()).toBe(shapes.at(-1))
    await client.query("insert into reading values ('south', 1)")
    await client.query("vacuum analyze reading")
    expect(await look()).toBe(shapes.at(-1))
  } finally {
    await client.end()
  }
})
