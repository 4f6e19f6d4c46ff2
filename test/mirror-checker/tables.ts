import type { Kysely } from "kysely"
import type { Migration } from "kysely/migration"

/** The checker's tables. What each is for stands with its writer. */
export interface Tables {
  entry: {
    id: string
    source: string
    number: number
    amount: string
    note: string | null
    flag: boolean
    at: string
    extra: unknown
    digest: Buffer | null
    ratio: number | null
  }
  counter: { name: string; value: number }
  account: { id: number; balance: number }
  word: { word: string; count: number }
  parent: { id: number; name: string }
  child: { id: string; parent: number }
  left_half: { id: string; number: number }
  right_half: { id: string; number: number }
  seat: { id: number; holder: string }
  basin: { id: number; batch: string; size: number }
  droplet: { id: string; basin: number; batch: string }
  reading: { region: string; id: string; value: number }
  bulk: { id: string; batch: string; size: number; place: number; payload: string }
}

/**
 * Makes the tables. `ifNotExists`, since on the primary `reading` is there before: partitioned, which no portable
 * schema can say.
 */
export const createTables: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db
    await schema
      .createTable("entry")
      .addColumn("id", "uuid", (c) => c.primaryKey())
      .addColumn("source", "text", (c) => c.notNull())
      .addColumn("number", "int8", (c) => c.notNull())
      .addColumn("amount", "numeric(12, 2)", (c) => c.notNull())
      .addColumn("note", "text")
      .addColumn("flag", "boolean", (c) => c.notNull())
      .addColumn("at", "timestamptz", (c) => c.notNull())
      .addColumn("extra", "jsonb")
      .addColumn("digest", "bytea")
      .addColumn("ratio", "double precision")
      .execute()
    await schema
      .createTable("counter")
      .addColumn("name", "text", (c) => c.primaryKey())
      .addColumn("value", "int8", (c) => c.notNull())
      .execute()
    await schema
      .createTable("account")
      .addColumn("id", "integer", (c) => c.primaryKey())
      .addColumn("balance", "int8", (c) => c.notNull())
      .execute()
    await schema
      .createTable("word")
      .addColumn("word", "text", (c) => c.primaryKey())
      .addColumn("count", "int8", (c) => c.notNull())
      .execute()
    await schema
      .createTable("parent")
      .addColumn("id", "int8", (c) => c.primaryKey())
      .addColumn("name", "text", (c) => c.notNull().unique())
      .execute()
    await schema
      .createTable("child")
      .addColumn("id", "uuid", (c) => c.primaryKey())
      .addColumn("parent", "int8", (c) =>
        c.notNull().references("parent.id").onDelete("cascade").onUpdate("cascade"),
      )
      .execute()
    for (const half of ["left_half", "right_half"]) {
      await schema
        .createTable(half)
        .addColumn("id", "uuid", (c) => c.primaryKey())
        .addColumn("number", "integer", (c) => c.notNull())
        .execute()
    }
    await schema
      .createTable("seat")
      .addColumn("id", "integer", (c) => c.primaryKey())
      .addColumn("holder", "text", (c) => c.notNull().unique())
      .execute()
    await schema
      .createTable("basin")
      .addColumn("id", "int8", (c) => c.primaryKey())
      .addColumn("batch", "uuid", (c) => c.notNull())
      .addColumn("size", "integer", (c) => c.notNull())
      .execute()
    await schema
      .createTable("droplet")
      .addColumn("id", "uuid", (c) => c.primaryKey())
      .addColumn("basin", "int8", (c) => c.notNull().references("basin.id"))
      .addColumn("batch", "uuid", (c) => c.notNull())
      .execute()
    await schema
      .createTable("reading")
      .ifNotExists()
      .addColumn("region", "text", (c) => c.notNull())
      .addColumn("id", "uuid", (c) => c.notNull())
      .addColumn("value", "int8", (c) => c.notNull())
      .addPrimaryKeyConstraint("reading_pkey", ["region", "id"])
      .execute()
    await schema
      .createTable("bulk")
      .addColumn("id", "uuid", (c) => c.primaryKey())
      .addColumn("batch", "uuid", (c) => c.notNull())
      .addColumn("size", "integer", (c) => c.notNull())
      .addColumn("place", "integer", (c) => c.notNull())
      .addColumn("payload", "text", (c) => c.notNull())
      .execute()
  },
}

/** The regions of `reading`, a partition each. */
export const REGIONS = ["north", "south", "east", "west"] as const

/** What is run on the primary before the program sees it. */
export const BEFORE_THE_PROGRAM: readonly string[] = [
  // In two levels: the partitions of a partition are followed as well.
  `create table reading (region text collate "C" not null, id uuid not null, value int8 not null,
    constraint reading_pkey primary key (region, id)) partition by list (region)`,
  `create table reading_north partition of reading for values in ('north')`,
  `create table reading_south partition of reading for values in ('south')`,
  `create table reading_rest partition of reading for values in ('east', 'west') partition by list (region)`,
  `create table reading_east partition of reading_rest for values in ('east')`,
  // One of its columns was dropped, so that they are numbered otherwise.
  `create table reading_west (region text collate "C" not null, gone int, id uuid not null, value int8 not null)`,
  `alter table reading_west drop column gone`,
  `alter table reading_rest attach partition reading_west for values in ('west')`,
]

export const ACCOUNTS = 20
/** What all accounts together have, at every moment. */
export const WEALTH = ACCOUNTS * 1_000
export const SEATS = 30
export const COUNTERS = ["a", "b", "c", "d"] as const

/** What is there before the first writer. */
export const FIRST_ROWS: readonly string[] = [
  `insert into account select g, 1000 from generate_series(1, ${ACCOUNTS}) g`,
  `insert into seat select g, 'holder ' || g from generate_series(1, ${SEATS}) g`,
  ...COUNTERS.map((name) => `insert into counter values ('${name}', 0)`),
]
