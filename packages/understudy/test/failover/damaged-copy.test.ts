import { readdir, open as openFile } from "node:fs/promises"
import { join } from "node:path"
import { sql } from "kysely"
import { expect, test } from "vitest"
import { LARGEST_CHECKED_BYTES } from "../../src/engine/sqlite/file-check.ts"
import type { Migrations } from "../../src/migrate/migrate.ts"
import { codes, MIGRATIONS, untilHeld, useStage } from "./mirrored-program.ts"

const stage = useStage()

const PAGES: Migrations = {
  ...MIGRATIONS,
  "0002": {
    up: (db) =>
      db.schema
        .createTable("page")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("body", "text")
        .execute(),
  },
}

test("a damaged copy too large to be checked at the start is set aside and made anew (promises 2 and 4)", async () => {
  {
    await using db = stage.open({}, { migrations: PAGES })
    await sql`insert into page select g, repeat('x', 1000) from generate_series(1, 40000) g`.execute(
      db.kysely,
    )
    await untilHeld(db)
  }
  const file = join(stage.folder, "fallback.sqlite")
  const handle = await openFile(file, "r+")
  const { size } = await handle.stat()
  expect(size).toBeGreaterThan(LARGEST_CHECKED_BYTES)
  await handle.write(Buffer.alloc(size / 2, 0xa5), 0, size / 2, Math.floor(size / 8192) * 2048)
  await handle.close()

  await using db = stage.open({}, { migrations: PAGES })
  await sql`delete from page where id % 1000 = 0`.execute(db.kysely)
  await expect.poll(() => codes(db), { timeout: 20_000 }).toContain("storage.corrupt")
  await untilHeld(db)
  expect((await readdir(stage.folder)).filter((name) => name.includes(".corrupt-"))).toHaveLength(1)
})
