import { closeSync, openSync, renameSync, writeSync } from "node:fs"
import { readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, test } from "vitest"
import type { Database } from "understudy-db"
import { silentLogger, type Logger } from "../../src/base/logger.ts"
import type { Migrations } from "../../src/migrate/migrate.ts"
import {
  AWAY,
  codes,
  MIGRATIONS,
  mirrorOnce,
  untilHeld,
  useStage,
  type Accounts,
} from "./mirrored-program.ts"

const stage = useStage()

/** Keeps the codes of what it is told. */
function keepingLogger(): { logger: Logger; lines: unknown[] } {
  const lines: unknown[] = []
  return {
    lines,
    logger: { ...silentLogger, warn: (fields: object) => lines.push(Reflect.get(fields, "code")) },
  }
}

async function ids(db: Database<Accounts>): Promise<string[]> {
  return (await db.kysely.selectFrom("account").select("id").orderBy("id").execute()).map(({ id }) => id)
}

test("what a file of this process's own owes is handed back by whoever claims it, or a file beside it (promise 4)", async () => {
  const owe = async (id: string): Promise<void> => {
    await using first = stage.open({ DATABASE_URL: AWAY })
    await first.ready()
    // The first one holds fallback.sqlite: the second one writes beside it.
    await using away = stage.open({ DATABASE_URL: AWAY })
    await away.kysely.insertInto("account").values({ id, balance: 7 }).execute()
  }
  await owe("beside")
  await using back = stage.open()
  await untilHeld(back)
  expect(back.status()).toMatchObject({ state: "primary", engine: "postgresql" })
  await expect.poll(() => ids(back), { timeout: 20_000 }).toEqual(["beside"])
  await back.close()
  await owe("claimed")
  await using holder = stage.open({ DATABASE_URL: AWAY })
  await holder.ready()
  await using own = stage.open()
  await untilHeld(own)
  await expect.poll(() => ids(own), { timeout: 20_000 }).toEqual(["beside", "claimed"])
})

test("a file beside that cannot be handed back is told of, and keeps neither the copy nor SQLite away (promises 1 and 4)", async () => {
  await using holder = stage.open({ DATABASE_URL: AWAY })
  await holder.ready()
  {
    await using away = stage.open({ DATABASE_URL: AWAY })
    await away.kysely.insertInto("account").values({ id: "beside", balance: 7 }).execute()
  }
  await holder.close()
  const file = join(stage.folder, "fallback-2.sqlite")
  const damage = (table: string, other: string): void => {
    using database = new DatabaseSync(file)
    database.exec(`alter table ${table} rename to ${other}`)
  }
  damage("understudy_shape", "elsewhere")
  await using db = stage.open()
  await untilHeld(db)
  await expect.poll(() => codes(db), { timeout: 20_000 }).toContain("journal.not-handed-back")
  damage("elsewhere", "understudy_shape")
  await expect
    .poll(() => db.kysely.selectFrom("account").select("id").execute(), { timeout: 60_000 })
    .toEqual([{ id: "beside" }])
  await expect.poll(() => codes(db)).not.toContain("journal.not-handed-back")
}, 120_000)

test("a file that is locked is no one's rows, and is tried again until it can be had (promises 2 and 4)", async () => {
  await mirrorOnce(stage, ["a"])
  const holder = new DatabaseSync(join(stage.folder, "fallback.sqlite"))
  holder.exec("pragma locking_mode = exclusive; begin exclusive")
  await using db = stage.open()
  await expect
    .poll(() => db.status().mirror, { timeout: 20_000 })
    .toMatchObject({ state: "absent", reason: "mirror.failed" })
  expect(db.status()).toMatchObject({ state: "primary", engine: "postgresql" })
  expect(codes(db)).not.toContain("data.not-returned")
  holder.close()
  await untilHeld(db)
})

test("a damaged file beside the primary is set aside, said so, and copied anew (promises 1 and 2)", async () => {
  await mirrorOnce(stage, ["a"])
  await writeFile(join(stage.folder, "fallback.sqlite"), "no database")
  await using db = stage.open()
  await untilHeld(db)
  expect(db.status().state).toBe("primary")
  expect(codes(db)).toContain("storage.corrupt")
  expect((await readdir(stage.folder)).some((name) => name.includes(".corrupt-"))).toBe(true)
})

test("a damaged file that holds writes for the primary says so, and a recovered one is handed back (promise 4)", async () => {
  await mirrorOnce(stage, ["a"])
  const file = join(stage.folder, "fallback.sqlite")
  {
    await using db = stage.open({ DATABASE_URL: AWAY })
    await db.write((session) => session.insertInto("account").values({ id: "kept", balance: 1 }).execute())
  }
  const recovered = `${file}.recovered`
  const database = new DatabaseSync(file)
  database.prepare("vacuum into ?").run(recovered)
  database.close()
  damageTable(file, "account")
  {
    await using db = stage.open()
    await untilHeld(db)
    const found = db.status().findings.find(({ code }) => code === "storage.corrupt")
    expect(found?.message).toContain("It holds writes that were not handed back to PostgreSQL.")
    expect(await ids(db)).toEqual(["a"])
  }
  renameSync(recovered, join(stage.folder, "fallback-9.sqlite"))
  await using db = stage.open()
  await expect.poll(() => ids(db), { timeout: 20_000 }).toEqual(["a", "kept"])
})

/** Overwrites the first page of a table's rows. */
function damageTable(file: string, table: string): void {
  const database = new DatabaseSync(file)
  const root = database.prepare("select rootpage from sqlite_schema where name = ?").get(table)?.["rootpage"]
  const size = database.prepare("pragma page_size").get()?.["page_size"]
  database.exec("pragma wal_checkpoint(truncate)")
  database.close()
  const descriptor = openSync(file, "r+")
  writeSync(descriptor, Buffer.alloc(512, 0xa5), 0, 512, (Number(root) - 1) * Number(size))
  closeSync(descriptor)
}

test("what stands in place of a file that has a copy answers with an error, not with an empty list (promise 4)", async () => {
  await mirrorOnce(stage, ["a"])
  const expectNoCopy = async (takesWrites: boolean): Promise<void> => {
    const { logger, lines } = keepingLogger()
    await using db = stage.open({ DATABASE_URL: AWAY }, { logger })
    await expect(db.kysely.selectFrom("account").selectAll().execute()).rejects.toMatchObject({
      code: "UNDERSTUDY_NO_COPY",
    })
    const write = db.write((session) =>
      session.insertInto("account").values({ id: "b", balance: 2 }).execute(),
    )
    if (takesWrites) await write
    else await expect(write).rejects.toMatchObject({ code: "UNDERSTUDY_READ_ONLY" })
    expect(db.status()).toMatchObject({
      state: "fallback",
      copy: "mirror",
      writable: takesWrites,
      mirror: { state: "absent" },
    })
    expect(codes(db)).toContain("fallback.no-copy")
    expect(lines).toEqual(
      expect.arrayContaining(["fallback.no-copy", ...(takesWrites ? [] : ["fallback.read-only"])]),
    )
  }
  {
    // Another process's: one's own is a file beside it.
    await using holder = stage.open({ DATABASE_URL: AWAY })
    expect(await holder.kysely.selectFrom("account").select("id").execute()).toEqual([{ id: "a" }])
    await expectNoCopy(true)
  }
  // It cannot be opened at all: one's own is in memory, where nothing could be kept for the primary.
  const holder = new DatabaseSync(join(stage.folder, "fallback.sqlite"))
  holder.exec("pragma locking_mode = exclusive; begin exclusive")
  await expectNoCopy(false)
  holder.close()
})

test("where the file cannot be had in which the copy was to be, nothing is answered in its place (promise 4)", async () => {
  await using db = stage.open()
  // After the plan, which has found no file.
  const holder = new DatabaseSync(join(stage.folder, "fallback.sqlite"))
  holder.exec("pragma locking_mode = exclusive; begin exclusive")
  await db.kysely.insertInto("account").values({ id: "a", balance: 1 }).execute()
  expect(db.status().state).toBe("primary")
  await stage.postgres.stop("immediate")
  await expect(db.kysely.selectFrom("account").selectAll().execute()).rejects.toMatchObject({
    code: "UNDERSTUDY_NO_COPY",
  })
  expect(db.status()).toMatchObject({ state: "fallback", copy: "mirror" })
  expect(codes(db)).toContain("fallback.no-copy")
  holder.close()
}, 60_000)

test("triggers of the program's do not keep a copy from being given up (promise 1)", async () => {
  await mirrorOnce(stage, ["a"])
  const file = new DatabaseSync(join(stage.folder, "fallback.sqlite"))
  file.exec("create trigger kept before delete on account begin select raise(abort, 'rows are kept'); end")
  file.close()
  const newer: Migrations = {
    ...MIGRATIONS,
    "0002": {
      up: (db) => db.schema.alterTable("account").addColumn("owner", "text").execute(),
    },
  }
  await using db = stage.open({}, { migrations: newer })
  await untilHeld(db)
})
