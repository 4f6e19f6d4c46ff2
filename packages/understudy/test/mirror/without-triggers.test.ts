import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { describe, expect, it, onTestFinished } from "vitest"
import { withoutTriggers } from "../../src/mirror/without-triggers.ts"

const MADE = `pragma journal_mode = wal;
  create table t (id integer primary key, a text, loud text generated always as (upper(a)) stored, check (a <> 'bad'));
  create table child (id integer primary key, t integer references t (id) on delete cascade);
  create table log (x);
  insert into t (id, a) values (1, 'one');
  insert into child values (1, 1);
  insert into log values ('kept')`

interface Opened {
  /** The mirror's connection. */
  readonly mirror: DatabaseSync
  /** The one of the program. */
  readonly program: DatabaseSync
}

function open(triggers: string): Opened {
  const folder = mkdtempSync(join(tmpdir(), "understudy-triggers-"))
  const program = new DatabaseSync(join(folder, "test.sqlite"))
  program.exec(`${MADE}; ${triggers}`)
  const mirror = new DatabaseSync(join(folder, "test.sqlite"))
  mirror.exec("pragma foreign_keys = off")
  onTestFinished(() => {
    for (const each of [program, mirror]) each.close()
    rmSync(folder, { recursive: true })
  })
  return { mirror, program }
}

function apply(mirror: DatabaseSync, ...statements: readonly string[]): void {
  mirror.exec("begin immediate")
  try {
    withoutTriggers(mirror)
    for (const each of statements) mirror.exec(each)
    mirror.exec("commit")
  } catch (error) {
    mirror.exec("rollback")
    throw error
  }
}

function rows(database: DatabaseSync, table: string): unknown[] {
  return database
    .prepare(`select * from ${table}`)
    .all()
    .map((row) => Object.values(row).join())
}

const INSERT = "insert into t (id, a) values (2, 'two')"
const REPLACE = "insert or replace into t (id, a) values (1, 'first')"
const UPDATE = "update t set a = 'first' where id = 1"
const DELETE = "delete from t where id = 1"

describe("promise 4: rows of the primary are copied as they are, whatever triggers are in the file", () => {
  it.each([
    ["writes into another table", "after insert on t begin insert into log values (new.a); end", INSERT],
    ["clears another table", "after insert on t begin delete from log; end", INSERT],
    ["writes into its own table", "after insert on t begin update t set a = 'wrong'; end", INSERT],
    ["refuses", "before insert on t begin select raise(abort, 'no'); end", INSERT],
    ["refuses by its condition", "before insert on t when raise(abort, 'no') begin select 1; end", INSERT],
    ["rolls back", "before insert on t begin select raise(rollback, 'no'); end", INSERT],
    ["passes over a row", "before insert on t begin select raise(ignore); end", INSERT],
    ["calls what is not there", "before insert on t begin select no_such_function(new.a); end", INSERT],
    ["takes a replaced row away", "after delete on t begin delete from log; end", REPLACE],
    ["follows an update", "after update of a on t begin insert into log values (old.a); end", UPDATE],
    ["refuses an update", "before update on t begin select raise(fail, 'no'); end", UPDATE],
    ["cascades", "after delete on t begin delete from child where t = old.id; end", DELETE],
    ["has a name to be quoted", `"after" after delete on t begin delete from log; end`, DELETE],
  ])("a trigger that %s", (_name, body, statement) => {
    const plain = open("")
    apply(plain.mirror, statement)
    const name = body.startsWith('"') ? "" : "fires "
    const { mirror, program } = open(`create trigger ${name}${body}; pragma recursive_triggers = on`)
    apply(mirror, "pragma recursive_triggers = on", statement)
    for (const table of ["t", "child", "log"])
      expect(rows(program, table)).toEqual(rows(plain.program, table))
  })

  it("what is no trigger goes on: checks, generated columns, unique keys", () => {
    const { mirror } = open("create trigger fires after insert on t begin insert into log values (1); end")
    apply(mirror, INSERT)
    expect(rows(mirror, "t")).toEqual(["1,one,ONE", "2,two,TWO"])
    expect(() => apply(mirror, "insert into t (id, a) values (3, 'bad')")).toThrow("CHECK constraint failed")
    expect(() => apply(mirror, INSERT)).toThrow("UNIQUE constraint failed")
  })
})

describe("promise 3: the program's own writes fire its triggers as before", () => {
  const NOTE = "create trigger note after insert on t begin insert into log values (new.a); end"

  it("and its connection notices nothing", () => {
    const { mirror, program } = open(NOTE)
    const version = (): unknown => program.prepare("pragma schema_version").get()
    const before = [version(), program.prepare("select * from sqlite_schema").all()]
    apply(mirror, INSERT)
    expect([version(), program.prepare("select * from sqlite_schema").all()]).toEqual(before)
    program.exec("insert into t (id, a) values (3, 'three')")
    expect(rows(program, "log")).toEqual(["kept", "three"])
    expect(program.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" })
  })

  it("also those that are made between two transactions of the mirror, or come back after one that failed", () => {
    const { mirror, program } = open(NOTE)
    const insert = mirror.prepare("insert into t (id, a) values (?, 'x')")
    const run = (id: number): void => {
      mirror.exec("begin immediate")
      withoutTriggers(mirror)
      insert.run(id)
    }
    run(10)
    mirror.exec("commit")
    program.exec("create trigger later after insert on t begin delete from log; end")
    run(11)
    mirror.exec("create table made (x); rollback")
    run(12)
    mirror.exec("commit")
    expect(rows(program, "log")).toEqual(["kept"])
    program.exec("insert into t (id, a) values (13, 'x')")
    expect(rows(program, "log")).toEqual(["x"])
  })
})
