import { createHash } from "node:crypto"
import type { Client } from "pg"
import { hasMigrationTable } from "../journal/primary-moment.ts"
import { readShapes } from "../journal/table-shape.ts"
import type { TableCopy } from "./absence.ts"
import type { RecordedTable } from "./copy-record.ts"
import type { FollowedTable } from "./follow.ts"
import type { MirrorFile } from "./mirror-file.ts"
import type { Mismatch } from "./mirrored-table.ts"
import { prepareTables, type MirrorLimits } from "./prepare-tables.ts"
import { TableWriter } from "./table-writer.ts"

/** A table that is followed, with the shape that it had when it was looked at. */
interface ShapedTable extends FollowedTable {
  readonly shape: string
}

/** What holds from one look at the tables of both to the next. */
export class Round {
  readonly tables: readonly ShapedTable[]
  readonly absent: readonly TableCopy[]
  readonly hasMigrations: boolean
  /** The tables' oids. */
  readonly relations: readonly number[]
  /** One text for all shapes, as the server makes it. */
  readonly shape: string

  private constructor(tables: readonly ShapedTable[], absent: readonly TableCopy[], hasMigrations: boolean) {
    this.tables = tables
    this.absent = absent
    this.hasMigrations = hasMigrations
    this.relations = tables.map(({ table }) => table.primary.oid)
    this.shape = shapeOf(new Map(tables.map(({ table, shape }) => [table.primary.oid, shape])))
  }

  /** Looks at the tables of both, and has their changes captured. */
  static async begin(
    client: Client,
    file: MirrorFile,
    limits: MirrorLimits,
    unfit: ReadonlyMap<string, Mismatch>,
  ): Promise<Round> {
    const { mirrored, absent } = await prepareTables(client, file.tables(), limits, unfit)
    const shapes = await readShapes(
      client,
      mirrored.map(({ primary }) => primary.oid),
    )
    const tables = mirrored.map((table) => ({
      table,
      writer: new TableWriter(file.database, table),
      shape: shapes.get(table.primary.oid) ?? "",
    }))
    return new Round(tables, absent, await hasMigrationTable(client))
  }

  /** Does somebody hold a table, so that it is to be looked at again soon? */
  get isBusy(): boolean {
    return this.absent.some(({ absence }) => absence === "busy")
  }

  /** Those tables whose copies are missing, or of another shape. */
  staleTables(recorded: readonly RecordedTable[]): readonly ShapedTable[] {
    return this.tables.filter(
      ({ table, shape }) => recorded.find(({ name }) => name === table.primary.name)?.shape !== shape,
    )
  }

  /** What is to be recorded once all of them are copied. */
  record(): RecordedTable[] {
    return this.#recordOf(({ shape }) => shape)
  }

  /** What is to be recorded until then: each table with the copy that it has. */
  recordWith(recorded: readonly RecordedTable[]): RecordedTable[] {
    return this.#recordOf(
      ({ table }) => recorded.find(({ name }) => name === table.primary.name)?.shape ?? null,
    )
  }

  #recordOf(shapeFor: (table: ShapedTable) => string | null): RecordedTable[] {
    const tables = this.tables.map((table) => {
      return { name: table.table.primary.name, shape: shapeFor(table), absence: null, detail: null }
    })
    return [...tables, ...this.absent.map((table) => ({ ...table, shape: null }))].toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )
  }
}

/** One text for the shapes of several tables: the same as `ASK_SHAPE` gives on the server. */
export function shapeOf(shapes: ReadonlyMap<number, string>): string {
  const parts = [...shapes].toSorted(([a], [b]) => a - b).map(([relation, shape]) => `${relation} ${shape}`)
  return createHash("md5").update(parts.join(" ")).digest("hex")
}
