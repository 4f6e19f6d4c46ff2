import type { DatabaseSync } from "node:sqlite"
import type { AbsenceCode, TableCopy } from "./absence.ts"

/** Which primary a file was seen by. */
export interface SeenPrimary {
  /** The mark of the primary's own (`understudy.primary_mark`); null while the file waits for its first copy. */
  readonly mark: string | null
  /** The cluster, its timeline and the database in it; null where the server does not tell. */
  readonly cluster: string | null
}

/** Where a copy stands. */
export interface CopyPosition {
  /**
   * A `pg_snapshot`: what is visible in it is in the copy, and nothing else. Null where the copy can be read, and not be
   * brought up any more.
   */
  readonly cursor: string | null
  /** The life of the server in which the cursor was taken. */
  readonly life: string
  /** When that was, by this machine's clock. */
  readonly asOf: Date
  /** The names of the migrations that had run on the primary then. */
  readonly migrations: readonly string[]
}

/** Where a copy stands that can be brought up. */
export type FollowedPosition = CopyPosition & { readonly cursor: string }

/** Can a copy that stands there be brought up? */
export function isFollowed(position: CopyPosition): position is FollowedPosition {
  return position.cursor !== null
}

/** What is kept of one table. */
export interface RecordedTable extends TableCopy {
  /** The shape of the primary's table of which this is a copy; null where there is none. */
  readonly shape: string | null
}

/** `understudy_primary` has a row as soon as the primary was met: what the file holds from then on is the primary's. */
const TABLES = `
  create table if not exists understudy_mirror (
    only_one integer primary key check (only_one = 1), id text not null, acknowledged text
  );
  create table if not exists understudy_primary (
    only_one integer primary key check (only_one = 1), mark text, cluster text
  );
  create table if not exists understudy_copy (
    only_one integer primary key check (only_one = 1), cursor text, life text not null, as_of text not null,
    migrations text not null
  );
  create table if not exists understudy_copied_table (
    name text primary key not null, shape text, absence text, detail text
  );`

/** What a SQLite file knows of the copy in it: written in the transactions that bring the copy there. */
export class CopyRecord {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Makes the tables of the record, where they are missing. */
  create(): void {
    this.#database.exec(TABLES)
    this.#run(
      "insert into understudy_mirror (only_one, id) values (1, ?) on conflict do nothing",
      crypto.randomUUID(),
    )
  }

  /** Has this file a record at all? */
  get exists(): boolean {
    return this.#get("select 1 from sqlite_schema where name = 'understudy_copied_table'") !== undefined
  }

  /** The name under which this file is known on the primary. */
  get mirrorId(): string {
    return String(this.#get("select id from understudy_mirror")?.["id"])
  }

  /** The last cursor that the primary was told. */
  get acknowledged(): string | null {
    return textOf(this.#get("select acknowledged from understudy_mirror")?.["acknowledged"])
  }

  set acknowledged(cursor: string) {
    this.#run("update understudy_mirror set acknowledged = ?", cursor)
  }

  seenPrimary(): SeenPrimary | undefined {
    const row = this.#get("select mark, cluster from understudy_primary")
    return row === undefined ? undefined : { mark: textOf(row["mark"]), cluster: textOf(row["cluster"]) }
  }

  sawPrimary({ mark, cluster }: SeenPrimary): void {
    this.#run("insert or replace into understudy_primary values (1, ?, ?)", mark, cluster)
  }

  /** Where the copy stands; undefined while there is none. */
  position(): CopyPosition | undefined {
    const row = this.#get("select cursor, life, as_of, migrations from understudy_copy")
    if (row === undefined) return undefined
    return {
      cursor: textOf(row["cursor"]),
      life: String(row["life"]),
      asOf: new Date(String(row["as_of"])),
      migrations: JSON.parse(String(row["migrations"])) as string[],
    }
  }

  setPosition({ cursor, life, asOf, migrations }: CopyPosition): void {
    const values = [cursor, life, asOf.toISOString(), JSON.stringify(migrations)]
    this.#run("insert or replace into understudy_copy values (1, ?, ?, ?, ?)", ...values)
  }

  /** From now on the file has no copy: of no table is anything answered. */
  dropCopy(): void {
    this.#run("delete from understudy_copy")
    this.#run("update understudy_copied_table set shape = null")
  }

  tables(): RecordedTable[] {
    return this.#database
      .prepare("select name, shape, absence, detail from understudy_copied_table order by name")
      .all()
      .map((row) => ({
        name: String(row["name"]),
        shape: textOf(row["shape"]),
        absence: textOf(row["absence"]) as AbsenceCode | null,
        detail: textOf(row["detail"]),
      }))
  }

  setTables(tables: readonly RecordedTable[]): void {
    this.#run("delete from understudy_copied_table")
    for (const { name, shape, absence, detail } of tables)
      this.#run("insert into understudy_copied_table values (?, ?, ?, ?)", name, shape, absence, detail)
  }

  #get(sql: string): Record<string, unknown> | undefined {
    return this.#database.prepare(sql).get()
  }

  #run(sql: string, ...values: readonly (string | null)[]): void {
    this.#database.prepare(sql).run(...values)
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null
}
