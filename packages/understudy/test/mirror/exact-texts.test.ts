import { expect, test } from "vitest"
import type { Migrations } from "../../src/migrate/migrate.ts"
import { openMirroredPair } from "./mirrored-pair.ts"

interface Tables {
  measure: { id: number; value: number; data: Uint8Array }
}

const MIGRATIONS: Migrations = {
  "0001": {
    async up(db) {
      await db.schema
        .createTable("measure")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("value", "double precision", (column) => column.notNull())
        .addColumn("data", "bytea", (column) => column.notNull())
        .execute()
    },
  },
}

test("promise 3: a role that prints fewer digits, and bytes in another form, has the same copy", async () => {
  await using pair = await openMirroredPair<Tables>(MIGRATIONS, {
    before: String.raw`insert into measure values (1, 0.1::float8 + 0.2::float8, '\x00ff5c');
      do $$ begin
        execute format('alter database %I set extra_float_digits = 0', current_database());
        execute format('alter database %I set bytea_output = ''escape''', current_database());
      end $$`,
  })
  await pair.caughtUp()
  const { value, data } = await pair.copy.selectFrom("measure").selectAll().executeTakeFirstOrThrow()
  expect(value).toBe(0.1 + 0.2)
  expect([...data]).toEqual([0, 255, 92])
})
