import { Kysely, PostgresDialect, sql } from "kysely"
import type { TestEngine } from "../support/engines.ts"
import type { Loose } from "./ddl-outcome.ts"

type Db = TestEngine<Loose>["sessions"]["kysely"]

/** Only its tree counts. */
const T = new Kysely<Loose>({ dialect: new PostgresDialect({ pool: {} as never }) }).selectFrom("t")

/** What is refused on SQLite by the name under which it stands here: `t` is a table with a column `a`. */
export const DDL_REFUSED_CASES: Readonly<
  Record<string, (schema: Db["schema"], db: Db) => { execute(): Promise<unknown> }>
> = {
  "A virtual generated column": (schema) =>
    schema.createTable("n").addColumn("a", "integer", (c) => c.generatedAlwaysAs(sql`1`)),
  "The modifier generated always as identity (start with 10)": (schema) =>
    schema
      .createTable("n")
      .addColumn("a", "integer", (c) => c.modifyEnd(sql`generated always as identity (start with 10)`)),
  "A cast in a view": (schema) => schema.createView("n").as(T.select((eb) => eb.cast("a", "text").as("x"))),
  "avg in a view": (schema) => schema.createView("n").as(T.select((eb) => eb.fn.avg("a").as("x"))),
  "Arithmetic with numeric in a view": (schema) =>
    schema.createView("n").as(T.select((eb) => eb("a", "*", sql.lit(1.5) as never).as("x"))),
  "now() in a view": (schema) => schema.createView("n").as(T.select(sql`now()`.as("x"))),
  "NULLS NOT DISTINCT": (schema) => schema.createIndex("n").unique().nullsNotDistinct().on("t").column("a"),
  "A deferrable unique constraint": (schema) =>
    schema.alterTable("t").addUniqueConstraint("n", ["a"], (c) => c.deferrable().initiallyDeferred()),
  "A deferrable primary key": (schema) =>
    schema
      .createTable("n")
      .addColumn("a", "integer")
      .addPrimaryKeyConstraint("k", ["a"], (c) => c.deferrable()),
  "An index by gin": (schema) => schema.createIndex("n").on("t").using("gin").column("a"),
  "A temporary table": (schema) => schema.createTable("n").temporary().addColumn("a", "integer"),
  "A temporary view": (schema) =>
    schema
      .createView("n")
      .temporary()
      .as(sql`select 1 as a` as never),
  "A materialized view": (schema) =>
    schema
      .createView("n")
      .materialized()
      .as(sql`select 1 as a` as never),
  "CREATE TABLE AS": (schema) => schema.createTable("n").as(sql`select 1 as a` as never),
  "CREATE TYPE": (schema) => schema.createType("n").asEnum(["a", "b"]),
  "CREATE SCHEMA": (schema) => schema.createSchema("n"),
  "The schema other": (schema) => schema.withSchema("other").createTable("n").addColumn("a", "integer"),
  "SET SCHEMA": (schema) => schema.alterTable("t").setSchema("other"),
  "The operator / in USING": (schema) =>
    schema.alterTable("t").alterColumn("a", (c) => c.setDataType(sql`numeric(5, 2) using a / 2.0`)),
  "date() within an expression of USING": (schema) =>
    schema.alterTable("t").alterColumn("a", (c) => c.setDataType(sql`text using date(a) || 'x'`)),
  "A ::type cast": (schema) =>
    schema.alterTable("t").alterColumn("a", (c) => c.setDataType(sql`text using a::text`)),
  "A default of current_date in a column of type text": (schema) =>
    schema.createTable("n").addColumn("a", "text", (c) => c.defaultTo(sql`current_date`)),
  "The default of n.a": (schema) =>
    schema.createTable("n").addColumn("a", "uuid", (c) => c.defaultTo(sql`uuidv7()`)),
  "A default of random() in a column of type float8": (schema) =>
    schema.createTable("n").addColumn("a", "float8", (c) => c.defaultTo(sql`random()`)),
  "The name T beside t": (schema) => schema.createTable("T").ifNotExists().addColumn("a", "integer"),
  "The name A beside a": (schema) => schema.alterTable("t").addColumn("A", "integer"),
  "A name of more than 63 bytes": (schema) => schema.createTable("ö".repeat(32)).addColumn("a", "integer"),
  "The name understudy_old": (schema) => schema.alterTable("t").renameTo("understudy_old"),
  "The name sqlite_n": (schema) => schema.createTable("sqlite_n").addColumn("a", "integer"),
  "autoIncrement()": (schema) => schema.createTable("n").addColumn("a", "integer", (c) => c.autoIncrement()),
  "unsigned()": (schema) => schema.alterTable("t").addColumn("b", "integer", (c) => c.unsigned()),
  "The modifier check (a > 0) of a column": (schema) =>
    schema.createTable("n").addColumn("a", "integer", (c) => c.modifyEnd(sql`check (a > 0)`)),
  "A modifier of CREATE TABLE": (schema) =>
    schema
      .createTable("n")
      .addColumn("a", "integer")
      .modifyFront(sql`unlogged`),
  "A table of generated columns alone": (schema) =>
    schema.createTable("n").addColumn("a", "integer", (c) => c.generatedAlwaysAs(sql`1`).stored()),
  "CREATE TABLE in raw SQL": (_schema, db) => ({
    execute: () => sql`create table n (id integer primary key, at timestamptz)`.execute(db),
  }),
  "ALTER TABLE in raw SQL": (_schema, db) => ({
    execute: () => sql`alter table t add column b boolean`.execute(db),
  }),
  "DROP TABLE in raw SQL": (_schema, db) => ({ execute: () => sql`DROP TABLE t`.execute(db) }),
  "A key of numeric": (schema) => schema.createTable("n").addColumn("a", "numeric", (c) => c.primaryKey()),
  "A key of numeric(20,2)": (schema) =>
    schema.createTable("n").addColumn("a", "numeric(20, 2)", (c) => c.unique()),
  "A key of jsonb": (schema) => schema.createTable("n").addColumn("a", "jsonb", (c) => c.unique()),
  "The column type money": (schema) =>
    schema.alterTable("t").alterColumn("a", (c) => c.setDataType(sql`money`)),
}
