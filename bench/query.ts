import { postgresFigures } from "./query-postgres.ts"
import { sqliteFigures } from "./query-sqlite.ts"
import type { BenchOptions, Figure } from "./support/measure.ts"

/** Point reads, inserts, read and write sessions on both engines, against Kysely with a statement cache. */
export async function query(options: BenchOptions): Promise<readonly Figure[]> {
  return [...(await sqliteFigures(options)), ...(await postgresFigures(options))]
}
