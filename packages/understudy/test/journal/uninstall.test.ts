import { Client } from "pg"
import { beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { installCapture, installJournal } from "../../src/journal/install-capture.ts"
import { findOwnObjects } from "../../src/journal/own-objects.ts"
import { findPrimaryTables } from "../../src/journal/primary-table.ts"
import { allowCapture, removeCapture, uninstall } from "../../src/journal/uninstall.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"

const PATIENT_MS = 20_000
const IMPATIENT_MS = 50
let roles = 0

interface Parties {
  readonly admin: Client
  /** Owns the tables, and no more: neither the database nor the schema in which they are. */
  readonly owner: Client
  readonly ownerName: string
  /** Another role, who may write to the tables. */
  readonly writer: Client
}

let parties: Parties
beforeEach(async () => {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  const connect = async (url: string): Promise<Client> => {
    const client = new Client(url)
    client.on("error", () => {})
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }
  const admin = await connect(database.adminUrl)
  const names = ["owner", "writer"].map((kind) => `${kind}_${(roles += 1)}`)
  const [ownerName = "", writerName = ""] = names
  for (const name of names) {
    await admin.query(`create role ${name} login password 'secret'`)
    onTestFinished(async () => void (await admin.query(`drop owned by ${name}; drop role ${name}`)))
  }
  await admin.query(`grant create on schema public to ${ownerName}`)
  await admin.query(`grant create on database ${database.name} to ${ownerName}`)
  const urlOf = (name: string): string =>
    Object.assign(new URL(database.adminUrl), { username: name, password: "secret" }).href
  const owner = await connect(urlOf(ownerName))
  const writer = await connect(urlOf(writerName))
  await owner.query(`
    create table plain (id integer primary key, name text);
    create table "Quoted ""name""" (id integer primary key, plain integer references plain on delete cascade);
    create table parted (id integer primary key) partition by range (id);
    create table parted_low partition of parted for values from (0) to (10);
    create view names as select name from plain;
    grant select, insert, update, delete on all tables in schema public to ${writerName}`)
  parties = { admin, owner, ownerName, writer }
})

async function capture(client: Client): Promise<void> {
  await installJournal(client)
  for (const table of await findPrimaryTables(client, ["plain", `Quoted "name"`, "parted"]))
    await installCapture(client, table)
}

/** Everything but what the server and the program have. */
async function leftOf(): Promise<string[]> {
  const { rows } = await parties.admin.query<{ what: string }>(`
    select format('schema %s', nspname) as what from pg_namespace where nspname = 'understudy'
    union all select format('relation %s', relname) from pg_class
      where relnamespace = to_regnamespace('understudy')
    union all select format('function %s', proname) from pg_proc
      where pronamespace not in (select oid from pg_namespace where nspname in ('pg_catalog', 'information_schema'))
    union all select format('trigger %s', tgname) from pg_trigger where not tgisinternal
    order by 1`)
  return rows.map(({ what }) => what)
}

async function countOf(table: string): Promise<number> {
  const { rows } = await parties.admin.query<{ count: number }>(`select count(*)::int as count from ${table}`)
  return rows[0]?.count ?? -1
}

async function isCaptureOn(): Promise<boolean | undefined> {
  const { rows } = await parties.admin.query<{ capture: boolean }>(
    "select capture from understudy.primary_mark",
  )
  return rows[0]?.capture
}

const CAPTURED = [`public."Quoted ""name"""`, "public.parted", "public.parted_low", "public.plain"]

describe("promise 4: what captures is taken away by the role that owns the tables, and nothing else is", () => {
  test("off: the functions, the triggers, the changes and the mirrors; on again only by a word", async () => {
    const { owner, writer } = parties
    await capture(owner)
    await writer.query("insert into plain values (1, 'a'), (2, 'b'); insert into parted_low values (1)")
    await owner.query("insert into understudy.mirror values (gen_random_uuid(), pg_current_snapshot())")
    expect(await removeCapture(owner)).toEqual({ tables: CAPTURED, changes: 3, mirrors: 1 })
    expect((await leftOf()).filter((what) => !what.startsWith("relation"))).toEqual([
      expect.stringMatching(/^function shape_/),
      "schema understudy",
    ])
    expect([await countOf("understudy.journal"), await countOf("understudy.mirror")]).toEqual([0, 0])
    expect(await isCaptureOn()).toBe(false)
    await writer.query("insert into plain values (3, 'c'); update parted set id = 2; delete from plain")
    expect(await countOf("understudy.journal")).toBe(0)
    expect(await removeCapture(owner)).toEqual({ tables: [], changes: 0, mirrors: 0 })
    expect(await allowCapture(owner)).toBe(true)
    expect(await isCaptureOn()).toBe(true)
    await capture(owner)
    await writer.query("insert into plain values (4, 'd')")
    expect(await countOf("understudy.journal")).toBe(1)
  })

  test("uninstall: the schema with all in it; rows, views and other roles' rights stay", async () => {
    const { owner, writer } = parties
    await capture(owner)
    await owner.query(`
      create table understudy.write_key (key text primary key, made timestamptz);
      create sequence understudy.other_sequence;
      create function understudy.other(a integer default 1) returns integer language sql return a;
      create table understudy.parts (id integer default understudy.other()) partition by list (id);
      create table understudy.part partition of understudy.parts default`)
    await writer.query("insert into plain values (1, 'a')")
    const found = await findOwnObjects(owner)
    expect(await uninstall(owner)).toEqual(found)
    expect(found).toMatchObject({
      mayDropSchema: true,
      capturedTables: CAPTURED,
      sequences: ["heartbeat", "lapse", "other_sequence", "tick"].map((name) => `understudy.${name}`),
      functions: ["understudy.other(a integer)", expect.stringMatching(/^understudy\.shape_/) as unknown],
      captures: [1, 2, 3].map(() => expect.stringMatching(/^understudy\.capture_\d+\(\)$/) as unknown),
      tables: expect.arrayContaining(["understudy.journal", "understudy.write_key"]) as unknown,
    })
    expect(await leftOf()).toEqual([])
    await writer.query("insert into plain values (2, 'b'); delete from plain where id = 1")
    const { rows } = await writer.query("select name from names")
    expect(rows).toEqual([{ name: "b" }])
    expect(await uninstall(owner)).toBeNull()
    await capture(owner)
    await writer.query("insert into plain values (3, 'c')")
    expect(await countOf("understudy.journal")).toBe(1)
  })

  test("a schema that an administrator made for the role is emptied, and stays", async () => {
    const { admin, owner, ownerName } = parties
    await admin.query(`create schema understudy; grant usage, create on schema understudy to ${ownerName}`)
    await capture(owner)
    expect(await removeCapture(owner)).toMatchObject({ tables: CAPTURED })
    expect(await uninstall(owner)).toMatchObject({ mayDropSchema: false })
    expect(await leftOf()).toEqual(["schema understudy"])
    await admin.query("drop schema understudy")
  })

  test("where nothing was made there is nothing to do", async () => {
    const { owner } = parties
    expect(await removeCapture(owner)).toBeNull()
    expect(await allowCapture(owner)).toBe(false)
    expect(await uninstall(owner)).toBeNull()
    expect(await leftOf()).toEqual([])
  })
})

describe("promise 4: where it cannot be done, all stays as it is", () => {
  test.each([
    [
      "a view of somebody's",
      "create view mine as select seq from understudy.journal",
      "view mine depends on",
    ],
    [
      "a column's default",
      "create sequence understudy.mine; create table numbered (n bigint default nextval('understudy.mine'))",
      "default value for column n of table numbered depends on",
    ],
    ["a type", "create type understudy.mood as enum ('good')", "type understudy.mood depends on schema"],
  ])("uninstall: %s depends on it", async (_, made, detail) => {
    const { owner, writer } = parties
    await capture(owner)
    await owner.query(made)
    const before = await leftOf()
    await expect(uninstall(owner)).rejects.toMatchObject({
      code: "2BP01",
      detail: expect.stringContaining(detail) as unknown,
    })
    expect(await leftOf()).toEqual(before)
    await writer.query("insert into plain values (1, 'a')")
    expect(await countOf("understudy.journal")).toBe(1)
  })

  test("another role, who owns nothing of it, is refused", async () => {
    const { owner, writer } = parties
    await capture(owner)
    const before = await leftOf()
    for (const remove of [removeCapture, uninstall])
      await expect(remove(writer)).rejects.toMatchObject({ code: "42501" })
    expect(await leftOf()).toEqual(before)
    expect(await isCaptureOn()).toBe(true)
  })

  test("somebody holds a table: it gives up soon, and keeps no other writer waiting", async () => {
    const { admin, owner, writer } = parties
    await capture(owner)
    await admin.query("begin; insert into plain values (1, 'a')")
    const before = await leftOf()
    const mayDrop = (): Promise<boolean> => Promise.resolve(true)
    const removals = [() => removeCapture(owner, IMPATIENT_MS), () => uninstall(owner, mayDrop, IMPATIENT_MS)]
    for (const remove of removals) await expect(remove()).rejects.toMatchObject({ code: "55P03" })
    await writer.query("insert into plain values (2, 'b')")
    await admin.query("commit")
    expect(await leftOf()).toEqual(before)
    expect(await isCaptureOn()).toBe(true)
    expect(await countOf("understudy.journal")).toBe(2)
  })

  test("where a writer and it wait for each other, it gives up and the writer goes on", async () => {
    const { owner, writer } = parties
    await capture(owner)
    await writer.query("begin; insert into plain values (1, 'a')")
    let isOver = false
    const removing = removeCapture(owner)
    removing.catch(() => (isOver = true))
    await expect
      .poll(
        async () =>
          isOver || (await countOf("pg_locks where not granted and relation = 'plain'::regclass")) === 1,
        { interval: 10, timeout: 10_000 },
      )
      .toBe(true)
    await Promise.all([
      writer.query(`insert into "Quoted ""name""" values (1, 1)`),
      expect(removing).rejects.toMatchObject({ code: "55P03" }),
    ])
    await writer.query("commit")
    expect(await countOf("understudy.journal")).toBe(2)
  })

  test("what a writer commits while it waits is taken away too", async () => {
    const { admin, owner, writer } = parties
    await capture(owner)
    await writer.query("begin; insert into plain values (1, 'a')")
    const removing = removeCapture(owner, PATIENT_MS)
    await expect
      .poll(() => countOf("pg_locks where not granted and locktype = 'relation'"), { timeout: 10_000 })
      .toBe(1)
    await writer.query("commit")
    expect(await removing).toMatchObject({ changes: 1 })
    expect(await countOf("understudy.journal")).toBe(0)
    const { rows } = await admin.query("select id from plain")
    expect(rows).toEqual([{ id: 1 }])
  })
})
