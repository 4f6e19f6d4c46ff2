import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Client } from "pg"
import { expect, it, onTestFinished } from "vitest"
import { postgresBaseline } from "../../src/testing/postgres-baseline.ts"
import { startPostgres } from "../../src/testing/postgres-server.ts"
import { sqliteBaseline } from "../../src/testing/sqlite-baseline.ts"

it("a SQLite baseline undoes rows, schema and files' pages under open connections (serves promise 3)", async () => {
  const folder = await mkdtemp(join(tmpdir(), "understudy-test-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, "test.sqlite")
  const writer = new DatabaseSync(file)
  writer.exec(
    "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, big TEXT); INSERT INTO t VALUES (1, 'one')",
  )
  const reader = new DatabaseSync(file, { readOnly: true })
  onTestFinished(() => (reader.close(), writer.close()))
  const all = reader.prepare("SELECT id, big FROM t ORDER BY id")
  const insert = writer.prepare("INSERT INTO t (big) VALUES (?)")
  const baseline = await sqliteBaseline(file, folder)
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 200; count++) insert.run("x".repeat(1000))
    writer.exec("UPDATE t SET big = 'changed' WHERE id = 1; CREATE TABLE extra (id INTEGER)")
    expect(all.all()).toHaveLength(201)
    await baseline.restore()
    expect(all.all()).toEqual([{ id: 1, big: "one" }])
    expect(() => writer.prepare("SELECT * FROM extra").all()).toThrow("no such table")
  }
  expect(writer.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }])
})

it("a PostgreSQL baseline undoes rows and sequences whatever the constraints (serves promise 3)", async () => {
  await using server = await startPostgres()
  await using database = await server.createDatabase()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const run = async (text: string): Promise<unknown[]> => (await client.query(text)).rows
  await run(`
    CREATE SCHEMA "Other";
    CREATE TABLE parent (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE child (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      parent_id int NOT NULL REFERENCES parent ON DELETE CASCADE,
      doubled int GENERATED ALWAYS AS (parent_id * 2) STORED
    );
    CREATE TABLE "Other"."Part" (id int, at date NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE "Other"."Part 2026" PARTITION OF "Other"."Part" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE log (what text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO log VALUES (TG_OP); RETURN NULL; END $$;
    INSERT INTO parent VALUES (1, 'kept'), (2, 'also');
    INSERT INTO child (parent_id) VALUES (1), (2);
    INSERT INTO "Other"."Part" VALUES (7, '2026-06-01');
    CREATE TRIGGER parent_note AFTER INSERT OR UPDATE OR DELETE ON parent FOR EACH ROW EXECUTE FUNCTION note()`)
  const picture = async (): Promise<unknown> => ({
    parent: await run("SELECT * FROM parent ORDER BY id"),
    child: await run("SELECT * FROM child ORDER BY id"),
    part: await run(`SELECT id FROM "Other"."Part"`),
    log: await run("SELECT * FROM log"),
  })
  const before = await picture()
  const baseline = await postgresBaseline(database.adminUrl)
  for (let round = 0; round < 2; round++) {
    await run("DELETE FROM parent WHERE id = 1; INSERT INTO parent VALUES (9, 'new')")
    await run(`INSERT INTO "Other"."Part" VALUES (8, '2026-07-01')`)
    expect(await run("INSERT INTO child (parent_id) VALUES (9) RETURNING id")).toEqual([{ id: 3 }])
    expect(await picture()).not.toEqual(before)
    await baseline.restore()
    expect(await picture()).toEqual(before)
  }
  await client.end()
})
