import { DatabaseSync } from "node:sqlite"
import { registerFunctions, TransactionClock } from "../engine/sqlite/functions.ts"
import { SEQUENCE_TABLE } from "../engine/sqlite/sequences.ts"
import type { FileTable } from "./mirrored-table.ts"

/** Where a copy stands: which primary it is of, and which of its transactions it holds. */
export interface CopyPosition {
  /** The mark of the primary's own (`understudy.primary_mark`). */
  readonly primary: string
  /** The cluster as the server tells it; null where it does not. */
  readonly cluster: string | null
  /** The shape of the primary's tables. */
  readonly shape: string
  /** A `pg_snapshot`: what is visible in it is in the copy, and nothing else. */
  readonly cursor: string
  /** When that was, by this machine's clock. */
  readonly asOf: Date
}

/** What is known of one table's copy. */
export interface TableCopy {
  readonly name: string
  /** Null: it has a copy. Else the code of why it has none. */
  readonly absence: string | null
  /** What the absence is about, such as a column. */
  readonly detail: string | null
}

/** `understudy_primary` has a row as soon as there is a copy: such a file was seen by its primary. */
const OWN_TABLES = `
  create table if not exists understudy_mirror (only_one integer primary key check (only_one = 1), id text not null);
  create table if not exists understudy_primary (
    only_one integer primary key check (only_one = 1), mark text not null, cluster text, shape text not null,
    cursor text not null, as_of text not null
  );
  create table if not exists understudy_copied_table (name text primary key not null, absence text, detail text);`

/** Tables of the file that are no program's. */
const NOT_COPIED = [SEQUENCE_TABLE, "kysely_migration", "kysely_migration_lock"]

/** The SQLite file as the mirror writes it: on a connection of its own, foreign keys off, since rows come in no order. */
export class MirrorFile implements Disposable {
  readonly database: DatabaseSync

  constructor(file: string, busyTimeoutMs: number) {
    this.database = new DatabaseSync(file, { timeout: busyTimeoutMs })
    this.database.exec("pragma foreign_keys = off; pragma synchronous = normal; pragma trusted_schema = on")
    registerFunctions(this.database, new TransactionClock())
    this.database.exec(OWN_TABLES)
    this.database
      .prepare("insert into understudy_mirror values (1, ?) on conflict do nothing")
      .run(crypto.randomUUID())
  }

  /** The name under which this file is known on the primary. */
  get mirrorId(): string {
    return String(this.database.prepare("select id from understudy_mirror").get()?.["id"])
  }

  /** The program's tables. */
  tables(): FileTable[] {
    const names = this.database
      .prepare(
        `select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'
          and name not like 'understudy\\_%' escape '\\' order by name`,
      )
      .all()
      .map((row) => String(row["name"]))
      .filter((name) => !NOT_COPIED.includes(name))
    const columns = this.database.prepare(
      "select name, type, hidden, pk from pragma_table_xinfo(?) order by cid",
    )
    return names.map((name) => {
      const rows = columns.all(name)
      return {
        name,
        columns: rows.map((row) => ({
          name: String(row["name"]),
          type: String(row["type"]),
          isGenerated: Number(row["hidden"]) > 1,
        })),
        key: rows
          .filter((row) => Number(row["pk"]) > 0)
          .toSorted((a, b) => Number(a["pk"]) - Number(b["pk"]))
          .map((row) => String(row["name"])),
      }
    })
  }

  /** Where the copy stands; undefined while there is none. */
  position(): CopyPosition | undefined {
    const row = this.database.prepare("select * from understudy_primary").get()
    if (row === undefined) return undefined
    return {
      primary: String(row["mark"]),
      cluster: row["cluster"] === null ? null : String(row["cluster"]),
      shape: String(row["shape"]),
      cursor: String(row["cursor"]),
      asOf: new Date(String(row["as_of"])),
    }
  }

  /** Notes where the copy stands: in the transaction that brings it there. */
  setPosition({ primary, cluster, shape, cursor, asOf }: CopyPosition): void {
    this.database
      .prepare("insert or replace into understudy_primary values (1, ?, ?, ?, ?, ?)")
      .run(primary, cluster, shape, cursor, asOf.toISOString())
  }

  /** What is known of each table. */
  tableCopies(): TableCopy[] {
    return this.database
      .prepare("select name, absence, detail from understudy_copied_table order by name")
      .all()
      .map((row) => ({
        name: String(row["name"]),
        absence: row["absence"] === null ? null : String(row["absence"]),
        detail: row["detail"] === null ? null : String(row["detail"]),
      }))
  }

  setTableCopies(copies: readonly TableCopy[]): void {
    this.database.exec("delete from understudy_copied_table")
    const insert = this.database.prepare("insert into understudy_copied_table values (?, ?, ?)")
    for (const { name, absence, detail } of copies) insert.run(name, absence, detail)
  }

  /** All of it, or nothing. */
  async transaction<T>(work: () => Promise<T> | T): Promise<T> {
    this.database.exec("begin immediate")
    try {
      const result = await work()
      this.database.exec("commit")
      return result
    } catch (error) {
      if (this.database.isTransaction) this.database.exec("rollback")
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.database.close()
  }
}
