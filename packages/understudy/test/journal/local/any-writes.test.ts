import fc from "fast-check"
import { expect, it } from "vitest"
import { stopCapture } from "../../../src/journal/local/capture.ts"
import { pendingChanges } from "../../../src/journal/local/pending.ts"
import { applyJournal, readTables } from "./apply-journal.ts"
import { ALL, newFile } from "./captured-file.ts"
import { readTransactions } from "../../../src/journal/local/read-journal.ts"

const TABLES = {
  parent: { columns: ["id", "name", "value"], key: ["id"] },
  child: { columns: ["a", "b", "parent", "note"], key: ["b", "a"] },
}

const SCHEMA = `
  create table parent (id integer primary key not null, name text unique, value, doubled as (value * 2));
  create table child (a integer not null, b text not null, parent integer references parent (id)
    on delete cascade on update cascade, note blob check (note is not 'refused'), primary key (b, a)) without rowid;
  create trigger touched after update of name on parent begin
    update child set note = new.name where parent = new.id; end`

const id = fc.integer({ min: 1, max: 6 })
const name = fc.constantFrom("'a'", "'b'", "'c'", "null", "'it''s'")
const value = fc.constantFrom(
  "null",
  "1",
  "1.5",
  "9e999",
  "'text'",
  "x'00ff'",
  "'refused'",
  "-9223372036854775808",
)
const verb = fc.constantFrom("insert", "insert or replace", "insert or ignore", "insert or fail", "replace")

const statement = fc.oneof(
  fc
    .tuple(verb, fc.array(fc.tuple(id, name, value), { minLength: 1, maxLength: 3 }))
    .map(([how, rows]) => `${how} into parent (id, name, value) values ${rows.map((row) => `(${row})`)}`),
  fc
    .tuple(verb, fc.array(fc.tuple(id, name, id, value), { minLength: 1, maxLength: 3 }))
    .map(([how, rows]) => `${how} into child values ${rows.map((row) => `(${row})`)}`),
  fc
    .tuple(id, name, value)
    .map(
      ([key, text, to]) =>
        `insert into parent (id, name, value) values (${key}, ${text}, 0) on conflict (id) do update set value = ${to}`,
    ),
  fc.tuple(id, id).map(([from, to]) => `update parent set id = ${to} where id = ${from}`),
  fc
    .tuple(fc.constantFrom("", "or replace", "or ignore"), name, id)
    .map(([how, text, from]) => `update ${how} parent set name = ${text} where id >= ${from}`),
  fc.tuple(id, id).map(([from, to]) => `update child set a = a + ${to} - 3 where a > ${from}`),
  fc.tuple(value, id).map(([to, from]) => `update child set note = ${to} where parent <> ${from}`),
  id.map((key) => `delete from parent where id = ${key}`),
  id.map((key) => `delete from child where a < ${key}`),
  fc.constant("delete from child"),
)

/** Statements, some of them in a savepoint that is taken back; a transaction that commits or does not; or one by itself. */
const step = fc.record({
  kind: fc.constantFrom("alone", "commit", "rollback"),
  statements: fc.array(fc.tuple(statement, fc.boolean()), { minLength: 1, maxLength: 6 }),
})

it("promise 4: whatever is written, the journal makes of the tables before the tables after", async () => {
  const file = newFile()
  await file.make(SCHEMA)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const { id: originId } = await file.startCapture()
      const before = await file.on((database) => readTables(database, TABLES))
      for (const { kind, statements } of steps) {
        if (kind === "alone") {
          for (const [text] of statements) await file.run(text).catch(() => {})
          continue
        }
        const { handle, release } = await file.engine.takeWriter()
        handle.control("begin immediate")
        for (const [text, takenBack] of statements) {
          handle.exec("savepoint one")
          // A refused statement leaves what it did before, where its conflict clause says so.
          try {
            handle.exec(text)
          } catch {}
          if (takenBack) handle.exec("rollback to one")
          handle.exec("release one")
        }
        handle.control(kind === "commit" ? "commit" : "rollback")
        release()
      }
      const transactions = await file.on((database) => readTransactions(database, { ...ALL, originId }))
      const units = transactions.map(({ unit }) => unit)
      expect(new Set(units).size).toBe(units.length)
      const { changes } = await file.on(pendingChanges)
      expect(changes).toBe(transactions.reduce((sum, each) => sum + each.changes.length, 0))
      applyJournal(before, transactions)
      expect(before).toEqual(await file.on((database) => readTables(database, TABLES)))
      await file.on((database) => stopCapture(database, { returned: [originId] }))
    }),
  )
})
