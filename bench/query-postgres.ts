import { Kysely, PostgresDialect, sql } from "kysely"
import { openDatabase } from "understudy-db"
import { startPostgres } from "understudy-db/testing"
import { Pool } from "pg"
import { figure, interleave, perSecond, type BenchOptions, type Figure } from "./support/measure.ts"
import { createNotes, freshId, noteId, ROWS, type NotesTables } from "./support/notes.ts"

/** How many queries are under way at once, on a pool of ten. */
const TOGETHER = 8

/** On PostgreSQL: a real server on this machine, both contestants on databases of their own. */
export async function postgresFigures({ repetitions, quick }: BenchOptions): Promise<readonly Figure[]> {
  const count = quick ? 500 : 4000
  await using server = await startPostgres({ durable: true })
  await using our = await server.createDatabase()
  await using their = await server.createDatabase()
  const env = { NODE_ENV: "production", DATABASE_URL: our.url }
  await using ours = openDatabase<NotesTables>({ env, migrations: { "0001-notes": createNotes } })
  await ours.ready()
  if (ours.status().engine !== "postgresql") throw new Error("PostgreSQL does not serve")
  const pool = new Pool({ connectionString: their.url, max: 10 })
  // The server ends what the pool still has when the database is dropped.
  pool.on("error", () => {})
  await using plain = new Kysely<NotesTables>({ dialect: new PostgresDialect({ pool }) })
  await createNotes.up(plain as Kysely<unknown>)

  const note = (id: string): NotesTables["notes"] => ({
    id,
    title: "Water the plants",
    done: false,
    priority: 2,
    created_at: new Date("2027-01-31T09:00:00Z"),
  })
  const rows = Array.from({ length: ROWS }, (_, row) => note(noteId(row)))
  for (let from = 0; from < ROWS; from += 1000) {
    const values = rows.slice(from, from + 1000)
    await ours.kysely.insertInto("notes").values(values).execute()
    await plain.insertInto("notes").values(values).execute()
  }
  const idOf = (index: number): string => noteId((index * 7919) % ROWS)
  const measured = (name: string, work: (index: number) => Promise<unknown>) => ({
    name,
    run: () => perSecond(count, TOGETHER, work),
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
      measured("plain insert", () => plain.insertInto("notes").values(note(freshId())).execute()),
      measured("insert", () => ours.kysely.insertInto("notes").values(note(freshId())).execute()),
      measured("plain transaction", () =>
        plain.connection().execute(async (connection) => {
          await sql`begin`.execute(connection)
          await connection.insertInto("notes").values(note(freshId())).execute()
          await sql`commit`.execute(connection)
        }),
      ),
      measured("write session", () =>
        ours.write((session) => session.insertInto("notes").values(note(freshId())).execute()),
      ),
    ],
    repetitions,
  )
  const pair = (ourName: string, theirName: string) => [figures.get(ourName), figures.get(theirName)] as const
  const against = "Kysely over pg"
  const byHand = `${against}: BEGIN, INSERT, COMMIT`
  return [
    figure("PostgreSQL, point read", "/s", pair("read", "plain read"), against, { atLeast: 0.95 }),
    figure("PostgreSQL, single insert", "/s", pair("insert", "plain insert"), against, { atLeast: 0.95 }),
    figure("PostgreSQL, db.read, one statement", "/s", pair("read session", "plain read"), against, {
      atLeast: 0.95,
    }),
    figure("PostgreSQL, db.write, one insert", "/s", pair("write session", "plain transaction"), byHand, {
      atLeast: 0.9,
    }),
  ]
}
