import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Kysely } from "kysely"
import type { Migration } from "kysely/migration"
import { openDatabase } from "understudy-db"
import { figure, interleave, perSecond, type BenchOptions, type Figure } from "./support/measure.ts"
import { noteId } from "./support/notes.ts"
import { plainSqlite } from "./support/plain-kysely.ts"

/** Rows of one read. */
const ROWS = 10_000

/** Twelve columns, of every kind of type there is. */
interface MixedTables {
  mixed: {
    id: string
    number: number
    count: number
    price: string
    ratio: number
    done: boolean
    title: string
    code: string
    day: string
    created_at: Date
    extra: unknown
    digest: Buffer
  }
}

const createMixed: Migration = {
  up: (db: Kysely<unknown>) =>
    db.schema
      .createTable("mixed")
      .addColumn("id", "uuid", (column) => column.primaryKey())
      .addColumn("number", "int8", (column) => column.notNull())
      .addColumn("count", "int4", (column) => column.notNull())
      .addColumn("price", "numeric(10, 2)", (column) => column.notNull())
      .addColumn("ratio", "double precision", (column) => column.notNull())
      .addColumn("done", "boolean", (column) => column.notNull())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("code", "varchar(20)")
      .addColumn("day", "date", (column) => column.notNull())
      .addColumn("created_at", "timestamptz", (column) => column.notNull())
      .addColumn("extra", "jsonb", (column) => column.notNull())
      .addColumn("digest", "bytea", (column) => column.notNull())
      .execute(),
}

function mixedRow(index: number): MixedTables["mixed"] {
  return {
    id: noteId(index),
    number: index * 7919,
    count: index,
    price: `${index}.${String(index % 100).padStart(2, "0")}`,
    ratio: index / 7,
    done: index % 2 === 0,
    title: `Water plant number ${index}`,
    code: `plant-${index}`,
    day: "2027-01-31",
    created_at: new Date(Date.UTC(2027, 0, 31) + index * 1001),
    extra: { tags: ["green"], index },
    digest: Buffer.from(`${index}`.padStart(16, "0")),
  }
}

/** What faithful types cost on SQLite: against rows as `node:sqlite` gives them, of the very same file. */
export async function faithful({ repetitions, quick }: BenchOptions): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-bench-"))
  const env = { NODE_ENV: "production", DATABASE_PATH: folder }
  const ours = openDatabase<MixedTables>({ env, migrations: { "0001-mixed": createMixed } })
  try {
    await ours.ready()
    await ours.write(async (session) => {
      for (let row = 0; row < ROWS; row += 100) {
        const rows = Array.from({ length: 100 }, (_, index) => mixedRow(row + index))
        await session.insertInto("mixed").values(rows).execute()
      }
    })
    const file = join(folder, "embedded.sqlite")
    using raw = new DatabaseSync(file, { readOnly: true })
    const { kysely: plain } = plainSqlite<{ mixed: Record<string, unknown> }>(file)
    const all = raw.prepare("select * from mixed")
    const reads = quick ? 3 : 10
    const points = quick ? 1000 : 8000
    const idOf = (index: number): string => noteId((index * 7919) % ROWS)
    const msEach = (work: () => Promise<unknown>) => async () => 1000 / (await perSecond(reads, 1, work))
    const figures = await interleave(
      [
        { name: "raw rows", run: msEach(async () => all.all()) },
        { name: "rows", run: msEach(() => ours.kysely.selectFrom("mixed").selectAll().execute()) },
        {
          name: "plain point",
          run: () =>
            perSecond(points, 1, (index) =>
              plain.selectFrom("mixed").selectAll().where("id", "=", idOf(index)).executeTakeFirstOrThrow(),
            ),
        },
        {
          name: "point",
          run: () =>
            perSecond(points, 1, (index) =>
              ours.kysely
                .selectFrom("mixed")
                .selectAll()
                .where("id", "=", idOf(index))
                .executeTakeFirstOrThrow(),
            ),
        },
      ],
      repetitions,
    )
    await plain.destroy()
    const pair = (our: string, their: string) => [figures.get(our), figures.get(their)] as const
    return [
      figure("SQLite, 10,000 rows of 12 columns", "ms", pair("rows", "raw rows"), "node:sqlite, objects", {
        atMost: 2,
      }),
      figure("SQLite, point read of 12 columns", "/s", pair("point", "plain point"), "Kysely, cached"),
    ]
  } finally {
    await ours.close()
    await rm(folder, { recursive: true, force: true })
  }
}
