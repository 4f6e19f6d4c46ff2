import { sql, type Kysely } from "kysely"
import { DatabaseError } from "../errors/database-error.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type { Engine, EngineDialect } from "../engine/contract.ts"
import { onlyOn } from "../engine/portability/only-on.ts"
import { LONGEST_WRITE_KEY, WRITE_KEY_TABLES } from "../journal/write-key.ts"
import type { Session } from "./session.ts"

interface Keys {
  "understudy.write_key": { key: string; made: Date }
  understudy_write_key: { key: string; made: Date }
}

/** So long a key is remembered, at least. */
const KEPT_MS = 24 * 60 * 60_000
/** One write in so many clears away keys that are older. */
const CLEAR_ONE_IN = 100
/** Undefined table, undefined schema. */
const MISSING: ReadonlySet<string> = new Set(["42P01", "3F000"])
/** The key of the advisory lock under which the table is made: "wrtkey" in ASCII. */
const LOCK_KEY = 0x7772746b6579n

/** @throws UnderstudyError `UNDERSTUDY_INVALID_ARGUMENT` for a key that is empty or longer than 255 characters. */
export function checkKey(key: string): void {
  if (key !== "" && key.length <= LONGEST_WRITE_KEY) return
  const rule = `must have 1 to ${LONGEST_WRITE_KEY} characters`
  throw new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", { argument: "idempotencyKey", rule })
}

/**
 * Puts the key's row into the session's own transaction: it is there if, and only if, what the session wrote is there.
 *
 * @throws UnderstudyError `UNDERSTUDY_ALREADY_APPLIED` where an earlier write with this key was applied.
 */
export async function claimKey<DB>(session: Session<DB>, engine: Engine, key: string): Promise<void> {
  const { dialect, role } = engine
  const db = session as unknown as Session<Keys>
  const table = WRITE_KEY_TABLES[dialect]
  const ours = onlyOn(dialect)
  const insert = (inner: Session<Keys>): Promise<unknown> =>
    inner.withPlugin(ours).insertInto(table).values({ key, made: new Date() }).execute()
  try {
    await db.savepoint(insert).catch(async (error: unknown) => {
      if (!(error instanceof DatabaseError && MISSING.has(error.code))) throw error
      await makeTable(db.withPlugin(ours), dialect)
      await insert(db)
    })
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === "23505")) throw error
    throw new UnderstudyError("UNDERSTUDY_ALREADY_APPLIED", {}, { cause: error, applied: "yes" })
  }
  // On the fallback they are handed back with what they name: clearing them is the primary's own affair.
  if (role !== "fallback" && Math.random() * CLEAR_ONE_IN < 1) {
    await db
      .withPlugin(ours)
      .deleteFrom(table)
      .where("made", "<", new Date(Date.now() - KEPT_MS))
      .execute()
  }
}

async function makeTable(db: Kysely<Keys>, dialect: EngineDialect): Promise<void> {
  if (dialect === "postgresql") {
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_KEY)})`.execute(db)
    await db.schema.createSchema("understudy").ifNotExists().execute()
  }
  await db.schema
    .createTable(WRITE_KEY_TABLES[dialect])
    .ifNotExists()
    .addColumn("key", `varchar(${LONGEST_WRITE_KEY})`, (column) => column.primaryKey())
    .addColumn("made", "timestamptz", (column) => column.notNull())
    .execute()
}
