import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql } from "kysely"
import { openDatabase } from "understudy-db"
import { figure, interleave, perSecond, type BenchOptions, type Figure } from "./support/measure.ts"
import { createNotes, freshId, noteId, ROWS, type NotesTables } from "./support/notes.ts"
import { plainSqlite } from "./support/plain-kysely.ts"

const NOW = new Date("2027-01-31T09:00:00Z")

/** On SQLite: one after the other, since the engine is synchronous. */
export async function sqliteFigures({ repetitions, quick }: BenchOptions): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-bench-"))
  const count = quick ? 1000 : 8000
  const env = { NODE_ENV: "production", DATABASE_PATH: join(folder, "ours") }
  const ours = openDatabase<NotesTables>({ env, migrations: { "0001-notes": createNotes } })
  const { kysely: plain, database: raw } = plainSqlite(join(folder, "plain.sqlite"))
  try {
    await ours.ready()
    if (ours.status().engine !== "sqlite") throw new Error("SQLite does not serve")
    await plain.schema
      .createTable("notes")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("done", "boolean", (column) => column.notNull())
      .addColumn("priority", "integer", (column) => column.notNull())
      .addColumn("created_at", "text", (column) => column.notNull())
      .execute()
    const note = (id: string): NotesTables["notes"] => ({
      id,
      title: "Water the plants",
      done: false,
      priority: 2,
      created_at: NOW,
    })
    const plainNote = (id: string) => ({ ...note(id), done: 0, created_at: NOW.toISOString() })
    await ours.write(async (session) => {
      for (let row = 0; row < ROWS; row += 1)
        await session
          .insertInto("notes")
          .values(note(noteId(row)))
          .execute()
    })
    await plain.transaction().execute(async (trx) => {
      for (let row = 0; row < ROWS; row += 1)
        await trx
          .insertInto("notes")
          .values(plainNote(noteId(row)))
          .execute()
    })
    const insertRaw = raw.prepare("INSERT INTO notes VALUES (?, ?, ?, ?, ?)")

    const idOf = (index: number): string => noteId((index * 7919) % ROWS)
    const measured = (name: string, work: (index: number) => Promise<unknown>) => ({
      name,
      run: () => perSecond(count, 1, work),
    })
    const figures = await interleave(
      [
        measured("plain read", (index) =>
          plain.selectFrom("notes").selectAll().where("id", "=", idOf(index)).executeTakeFirstOrThrow(),
        ),
        measured("read", (index) =>
          ours.kysely.selectFrom("notes").selectAll().where("id", "=", idOf(index)).executeTakeFirstOrThrow(),
        ),
        measured("read session", (index) =>
          ours.read((session) =>
            session.selectFrom("notes").selectAll().where("id", "=", idOf(index)).executeTakeFirstOrThrow(),
          ),
        ),
        measured("plain insert", () => plain.insertInto("notes").values(plainNote(freshId())).execute()),
        measured("insert", () => ours.kysely.insertInto("notes").values(note(freshId())).execute()),
        measured("plain transaction", () =>
          plain.connection().execute(async (connection) => {
            await sql`begin immediate`.execute(connection)
            await connection.insertInto("notes").values(plainNote(freshId())).execute()
            await sql`commit`.execute(connection)
          }),
        ),
        measured("write session", () =>
          ours.write((session) => session.insertInto("notes").values(note(freshId())).execute()),
        ),
        measured("raw transaction", async () => {
          raw.exec("BEGIN IMMEDIATE")
          insertRaw.run(freshId(), "Water the plants", 0, 2, NOW.toISOString())
          raw.exec("COMMIT")
        }),
      ],
      repetitions,
    )
    const pair = (our: string, their: string) => [figures.get(our), figures.get(their)] as const
    const cached = "Kysely, cached"
    const byHand = "BEGIN, INSERT, COMMIT"
    return [
      figure("SQLite, point read", "/s", pair("read", "plain read"), cached, { atLeast: 0.8 }),
      figure("SQLite, single insert", "/s", pair("insert", "plain insert"), cached, { atLeast: 0.8 }),
      figure("SQLite, db.read, one statement", "/s", pair("read session", "plain read"), cached, {
        atLeast: 0.8,
      }),
      figure(
        "SQLite, db.write, one insert",
        "/s",
        pair("write session", "plain transaction"),
        `Kysely: ${byHand}`,
        {
          atLeast: 0.9,
        },
      ),
      figure(
        "SQLite, db.write, one insert",
        "/s",
        pair("write session", "raw transaction"),
        `node:sqlite: ${byHand}`,
      ),
    ]
  } finally {
    await ours.close()
    await plain.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}
