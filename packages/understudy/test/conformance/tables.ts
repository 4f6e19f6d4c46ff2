import { sql, type Generated, type Kysely } from "kysely"

/** One column of each portable type. */
export interface EveryType {
  id: Generated<number>
  flag: boolean | null
  small: number | null
  medium: number | null
  large: number | null
  single: number | null
  double: number | null
  price: string | null
  wide: string | null
  body: string | null
  short: string | null
  uid: string | null
  day: string | null
  clock: string | null
  local: Date | null
  moment: Date | null
  doc: unknown
  docb: unknown
  bytes: Buffer | null
}

export interface Parent {
  id: Generated<number>
  name: string
  rank: Generated<number>
  made: Generated<Date>
}

export interface Child {
  id: string
  parent: number | null
  kind: string
}

export interface Tables {
  every: EveryType
  parent: Parent
  child: Child
}

/** Makes the tables, through Kysely's schema builder, the same for both engines. */
export async function createTables(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("every")
    .addColumn("id", "integer", (c) => c.generatedByDefaultAsIdentity().primaryKey())
    .addColumn("flag", "boolean")
    .addColumn("small", "int2")
    .addColumn("medium", "integer")
    .addColumn("large", "bigint")
    .addColumn("single", "real")
    .addColumn("double", "double precision")
    .addColumn("price", "numeric(10, 2)")
    .addColumn("wide", "numeric(38, 10)")
    .addColumn("body", "text")
    .addColumn("short", "varchar(5)")
    .addColumn("uid", "uuid")
    .addColumn("day", "date")
    .addColumn("clock", "time")
    .addColumn("local", "timestamp")
    .addColumn("moment", "timestamptz")
    .addColumn("doc", "json")
    .addColumn("docb", "jsonb")
    .addColumn("bytes", "bytea")
    .execute()
  await db.schema
    .createTable("parent")
    .addColumn("id", "bigserial", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull().unique())
    .addColumn("rank", "integer", (c) => c.notNull().defaultTo(7))
    .addColumn("made", "timestamptz", (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await db.schema
    .createTable("child")
    .addColumn("id", "uuid", (c) => c.notNull())
    .addColumn("parent", "bigint", (c) => c.references("parent.id").onDelete("cascade"))
    .addColumn("kind", "text", (c) => c.notNull().check(sql`kind in ('a', 'b')`))
    .addPrimaryKeyConstraint("child_key", ["id", "kind"])
    .execute()
  await db.schema.createIndex("child_parent_kind").unique().on("child").columns(["parent", "kind"]).execute()
}
