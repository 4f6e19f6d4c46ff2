import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { nameConstraints } from "../../../src/engine/sqlite/constraint-names.ts"
import { parseTable } from "../../../src/engine/sqlite/parse-table.ts"
import { printTable } from "../../../src/engine/sqlite/table-definition.ts"

const READABLE = [
  `create table t (a integer primary key, b text not null unique default 'it''s, (not) a "check"' check (b <> ')' and a > 0))`,
  `CREATE TABLE "T ""x"" (y)" ("not null" text DEFAULT (1 + (2)), [check] varchar(10) collate nocase, \`e\` null)`,
  `create table t (a int, -- a comment, with a comma (
     b int /* default 7 */ default -1, constraint k primary key (a, b), unique (b, a)) without rowid`,
  `create table t (id integer not null, up integer references t (id) on delete set null on update set default
     deferrable initially deferred, check (id > 0), constraint f foreign key (up) references "u" on delete no action)`,
  `create table t (a int, b int generated always as (a * 2) stored, c text as (a || ',') virtual) strict`,
  `create table t (a, b default null, c default current_timestamp, d default x'00', e default +1.5e-3, f default .5)`,
  `create table t (price numeric(10, 2), total double precision, constraint "understudy:22003:a" check ((price) < 5))`,
]

const UNREADABLE = [
  "create table t (a integer primary key autoincrement)",
  "create table t (a integer unique on conflict replace)",
  "create virtual table t using fts5(a)",
  "create table t as select 1",
  "create table main.t (a)",
  "create table t (a check (1)",
]

/** What SQLite itself makes of a definition. */
function facts(sql: string): unknown {
  const database = new DatabaseSync(":memory:")
  database.exec(sql)
  const table = String(
    database.prepare("select name from sqlite_schema where type = 'table'").get()?.["name"],
  )
  const all = (pragma: string): unknown[] => database.prepare(`select * from ${pragma}(?)`).all(table)
  const found = ["pragma_table_xinfo", "pragma_foreign_key_list", "pragma_index_list"].map(all)
  database.close()
  return { table, found }
}

describe("promise 4: the text of a table is read as SQLite reads it", () => {
  it.each(READABLE)("%s", (sql) => {
    const definition = parseTable(sql)
    expect(definition).toBeDefined()
    if (definition === undefined) return
    const printed = printTable(nameConstraints(definition))
    expect(facts(printed)).toEqual(facts(sql))
    expect(parseTable(printed)).toEqual(nameConstraints(definition))
  })

  it.each(UNREADABLE)("or not at all: %s", (sql) => {
    expect(parseTable(sql)).toBeUndefined()
  })
})
