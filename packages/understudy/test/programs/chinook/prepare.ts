import { migrate } from "../../../src/migrate/migrate.ts"
import type { TestEngine } from "../../support/engines.ts"
import { chinookRows } from "./rows.ts"
import { CHINOOK_MIGRATIONS, type Chinook } from "./tables.ts"

/** Below what either engine takes in one statement: SQLite 32,766, PostgreSQL 65,535. */
const PARAMETERS_AT_ONCE = 10_000

/** Makes Chinook's tables by its migrations and loads its rows, parents first, in one transaction. */
export async function prepareChinook({ engine, sessions }: TestEngine<Chinook>): Promise<void> {
  await migrate(engine, CHINOOK_MIGRATIONS)
  await sessions.write(async (session) => {
    for (const [table, rows] of Object.entries(chinookRows())) {
      const atOnce = Math.floor(PARAMETERS_AT_ONCE / Object.keys(rows[0] ?? {}).length)
      for (let start = 0; start < rows.length; start += atOnce) {
        await session
          .insertInto(table as keyof Chinook)
          .values(rows.slice(start, start + atOnce) as never)
          .execute()
      }
    }
  })
}
