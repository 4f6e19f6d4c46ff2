import type { Client } from "pg"
import { LIFE } from "../engine/postgres/commit-outcome.ts"
import { LAPSES } from "./capture-sql.ts"
import { ASK_SHAPE } from "./table-shape.ts"

/** What a copy wants to know of the primary: whom it asks about, and how far it is. */
export interface MomentQuestion {
  /** The oids of the tables. */
  readonly relations: readonly number[]
  /** A `pg_snapshot`: what the copy holds; null while there is none. */
  readonly cursor: string | null
  /** The mirror's name on the primary. */
  readonly mirrorId: string
  /** Is there a table of migrations in the program's schema? */
  readonly hasMigrations: boolean
}

/** The primary at one moment. The transaction that saw it is still open, and has no id of its own. */
export interface PrimaryMoment {
  /** The moment itself, as a `pg_snapshot`. */
  readonly cursor: string
  /** Which primary this is. */
  readonly primary: string
  /** The life of the server: another one after each crash, in which transaction numbers are lost and given out again. */
  readonly life: string
  /** May changes be captured? */
  readonly capture: boolean
  /**
   * Was a change not captured that nobody has dealt with yet? Or does the journal tell of transactions that have not been:
   * was it restored from another server's dump?
   */
  readonly hasLapsed: boolean
  /** Are all changes after this moment sure to be in the journal? */
  readonly isFollowable: boolean
  /** Has the journal all changes after the cursor that was asked about? False without one. */
  readonly reachesCursor: boolean
  /** Does the cursor know of transactions that have not been yet? Then the primary was set back. */
  readonly isCursorAhead: boolean
  /** The last cursor that this mirror told the primary; null where the primary does not know it. */
  readonly acknowledged: string | null
  /** One text for the shapes of all the tables. */
  readonly shape: string
  /** The names of the migrations that ran there, in order. */
  readonly migrations: readonly string[]
  /** Is there anything in the journal after the cursor? */
  readonly hasChanges: boolean
}

/** Whatever is committed now and was not in the cursor; `xid8` compares as numbers do. */
export const AFTER_CURSOR = `xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)`

/**
 * Begins a transaction, and looks. The sequence of lapses is read outside of the snapshot and after it was taken: whoever
 * committed before it without being captured has told so there. Rejects with the server's errors.
 */
export async function lookAtPrimary(client: Client, question: MomentQuestion): Promise<PrimaryMoment> {
  const { relations, cursor, mirrorId, hasMigrations } = question
  const migrations = hasMigrations
    ? `(select coalesce(json_agg(name order by timestamp, name), '[]') from kysely_migration)`
    : `'[]'::json`
  const { rows } = await client.query<PrimaryMoment>(
    `select now.snapshot::text as cursor, mark.id::text as primary, ${LIFE} as life, mark.capture,
        ${LAPSES} <> mark.lapses or mark.complete_from > pg_snapshot_xmax(now.snapshot)
          or exists (select from understudy.journal where xid >= pg_snapshot_xmax(now.snapshot)) as "hasLapsed",
        pg_snapshot_xmin(now.snapshot) >= mark.complete_from as "isFollowable",
        coalesce(pg_snapshot_xmin($2::pg_snapshot) >= mark.complete_from, false) as "reachesCursor",
        coalesce(pg_snapshot_xmax($2::pg_snapshot) > pg_snapshot_xmax(now.snapshot), false) as "isCursorAhead",
        (select m.cursor::text from understudy.mirror m where m.id = $3) as acknowledged,
        ${ASK_SHAPE} as shape, ${migrations} as migrations,
        $2::pg_snapshot is not null and exists (select from understudy.journal where ${AFTER_CURSOR.replaceAll("$1", "$2")})
          as "hasChanges"
      from understudy.primary_mark mark, (select pg_current_snapshot() as snapshot) now`,
    [relations, cursor, mirrorId],
  )
  const moment = rows[0]
  if (moment === undefined) throw new Error("understudy.primary_mark is empty")
  return moment
}

/** Does the table of the program's migrations exist, in the schema in which the program makes its own? */
export async function hasMigrationTable(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass(format('%I.kysely_migration', current_schema())) is not null as there",
  )
  return rows[0]?.there === true
}
