import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { QueryResult } from "kysely"
import { LruCache } from "../../base/lru-cache.ts"
import { DatabaseError } from "../../errors/database-error.ts"
import type { EngineQuery } from "../contract.ts"
import { parseDeclaredType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { countsRows, queryKind, QUOTED } from "../query-kind.ts"
import type { ValueOptions } from "../values.ts"
import { bindValue, type Bound, type Target } from "./bind.ts"
import { assertSchemaStays } from "./captured-schema.ts"
import { type BlameForeignKey, toDatabaseError } from "./errors.ts"
import { ExpressionTypes } from "./expression-type.ts"
import { blameDeferredKey, blameForeignKey } from "./foreign-key-blame.ts"
import type { TransactionClock } from "./functions.ts"
import { ParameterTargets } from "./parameter-targets.ts"
import { readTree } from "./read-tree.ts"
import { readerOf, type Reader } from "./read.ts"
import { resultTypes } from "./result-types.ts"
import { changeSchema, isSchemaChange } from "./schema-change.ts"
import type { Schema } from "./schema.ts"
import { lastRowOf, registerUpsertGuard, UpsertGuard } from "./upsert-guard.ts"
import { type Permit, WithheldTables } from "./withheld-tables.ts"

/** Statements kept prepared on each connection. */
const STATEMENTS_KEPT = 500

/** A statement with all that was learnt of it once. */
interface Prepared {
  readonly statement: StatementSync
  readonly targets: readonly (Target | undefined)[] | undefined
  readonly names: readonly string[]
  readonly readers: readonly Reader[]
  readonly generation: number
  readonly permit: Permit
  /** Of an upsert that must not change a row twice: gives the last row that was there before. */
  readonly lastRow: StatementSync | undefined
}

type Row = readonly unknown[]

/** What begins and ends a transaction. */
type ControlStatement = "begin" | "begin immediate" | "commit" | "rollback"

/** Raw text that leaves the schema alone. */
const RAW_KEEPS_SCHEMA = /^\s*(?:insert|update|delete|replace|select|with|values|explain|pragma|analyze)\b/i

/** One opened SQLite connection with its prepared statements: runs queries, knows no transaction. */
export class Handle {
  readonly database: DatabaseSync
  readonly #schema: Schema
  readonly #clock: TransactionClock
  readonly #values: ValueOptions
  readonly #guard = new UpsertGuard()
  readonly #withheld: WithheldTables
  readonly #isWithheld = (table: string): boolean => this.#withheld.has(table)
  #seenGeneration = -1
  readonly #controls: Partial<Record<ControlStatement, StatementSync>> = {}
  readonly #statements = new LruCache<string, Prepared>(STATEMENTS_KEPT)

  constructor(database: DatabaseSync, schema: Schema, clock: TransactionClock, values: ValueOptions) {
    this.database = database
    this.#schema = schema
    this.#clock = clock
    this.#values = values
    this.#withheld = new WithheldTables(database)
    registerUpsertGuard(database, this.#guard)
  }

  /** Refuses whatever would read or change rows of these tables; see `SqliteEngine.withhold`. */
  withhold(tables: ReadonlyMap<string, string>): void {
    this.#withheld.replace(tables)
    this.#statements.clear()
  }

  /** Lets work of our own see the rows that are withheld: work that tells none of them. */
  seeAllRows<T>(work: () => T): T {
    return this.#withheld.suspend(work)
  }

  /** Runs one query. Errors come as `DatabaseError`. */
  run<R>(query: EngineQuery): QueryResult<R> {
    if (!this.database.isTransaction) this.#clock.reset()
    this.#clock.nextStatement()
    if (isSchemaChange(query)) return this.#changeSchema(query)
    let again = (): void => {}
    try {
      const prepared = this.#prepare(query)
      this.#withheld.begin(prepared.permit)
      const bound = bindAll(query, prepared.targets)
      const begin = (): void => {
        if (prepared.lastRow !== undefined) this.#guard.begin(lastOf(prepared.lastRow))
      }
      begin()
      again = () => {
        begin()
        prepared.statement.run(...bound)
      }
      return prepared.names.length > 0
        ? this.#runReturning(query, prepared, bound)
        : this.#runSilent(query, prepared, bound)
    } catch (error) {
      throw this.#translate(error, () => blameForeignKey(this.database, query.query, this.#isWithheld, again))
    }
  }

  /** Does all that a query's first run does but run it, and throws what that would throw: SQLite's own errors too. */
  tryPrepare(query: EngineQuery): void {
    this.#makePrepared(query)
  }

  #changeSchema<R>(query: EngineQuery): QueryResult<R> {
    assertSchemaStays(this.database, query)
    const translate = (error: unknown): unknown => {
      this.#schema.changed()
      return toDatabaseError(error, this.#schema)
    }
    try {
      // Of the rows it reads, it tells none.
      this.#withheld.suspend(() => changeSchema(this.database, query, translate, this.#isWithheld))
    } finally {
      this.#schema.changed()
    }
    return { rows: [] }
  }

  /** Runs a select, giving rows as they come. The statement is its own, so that others may run meanwhile. */
  *iterate<R>(query: EngineQuery): Generator<R> {
    this.#clock.nextStatement()
    try {
      const prepared = this.#makePrepared(query)
      for (const row of prepared.statement.iterate(...bindAll(query, prepared.targets))) {
        yield toObject(row as unknown as Row, prepared) as R
      }
    } catch (error) {
      throw this.#translate(error)
    }
  }

  /** Begins and ends transactions, by statements that stay prepared. */
  control(sql: ControlStatement): void {
    this.#clock.reset()
    try {
      ;(this.#controls[sql] ??= this.database.prepare(sql)).run()
    } catch (error) {
      throw this.#translate(error, () => blameDeferredKey(this.database, this.#isWithheld))
    }
  }

  /** Runs SQL of our own that gives nothing back. */
  exec(sql: string): void {
    if (!this.database.isTransaction) this.#clock.reset()
    try {
      this.database.exec(sql)
    } catch (error) {
      throw this.#translate(error)
    }
  }

  #translate(error: unknown, blame?: BlameForeignKey): unknown {
    const looked = blame === undefined ? undefined : () => this.#withheld.suspend(blame)
    return this.#withheld.refusalOf(error) ?? toDatabaseError(error, this.#schema, looked)
  }

  #runReturning<R>(query: EngineQuery, prepared: Prepared, bound: readonly Bound[]): QueryResult<R> {
    const rows = (prepared.statement.all(...bound) as unknown as Row[]).map(
      (row) => toObject(row, prepared) as R,
    )
    if (queryKind(query.query) === "read") return { rows }
    // Some ALTER TABLEs count as statements that return rows: SQLite checks those that are there.
    this.#noteSchema(query)
    return countsChanges(query) ? { rows, numAffectedRows: BigInt(rows.length) } : { rows }
  }

  #runSilent<R>(query: EngineQuery, prepared: Prepared, bound: readonly Bound[]): QueryResult<R> {
    const { changes } = prepared.statement.run(...bound)
    this.#noteSchema(query)
    return countsChanges(query) ? { rows: [], numAffectedRows: BigInt(changes) } : { rows: [] }
  }

  #noteSchema(query: EngineQuery): void {
    const kind = queryKind(query.query)
    if (kind === "ddl" || (kind === "raw" && !RAW_KEEPS_SCHEMA.test(query.sql))) this.#schema.changed()
  }

  #prepare(query: EngineQuery): Prepared {
    // The same text may come from a builder, whose tree tells types, or from a raw fragment, whose tree does not.
    const key = query.query.kind === "RawNode" ? `raw ${query.sql}` : query.sql
    const known = this.#statements.get(key)
    if (known !== undefined && known.generation === this.#schema.generation) return known
    const prepared = this.#makePrepared(query)
    this.#statements.set(key, prepared)
    return prepared
  }

  #makePrepared(query: EngineQuery): Prepared {
    if (this.#seenGeneration !== this.#schema.generation) {
      // This connection learns of another one's DDL with the next read, and not with a prepare.
      this.database.prepare("select 1 from sqlite_schema limit 1").get()
      this.#seenGeneration = this.#schema.generation
    }
    refuseSeveral(query)
    assertSchemaStays(this.database, query)
    const types = new ExpressionTypes(this.#schema)
    const tree = readTree(query.query)
    const typed =
      query.dialect === undefined ? undefined : ParameterTargets.compile(tree, this.#schema, types)
    // A function of ours in a view, a check or an index would be refused where the schema is not trusted.
    const sql = typed === undefined || queryKind(query.query) === "ddl" ? query.sql : typed.sql
    const { statement, permit } = this.#withheld.prepare(sql, { readBigInts: true, returnArrays: true })
    const columns = statement.columns()
    const inferred = resultTypes(tree, columns.length, types)
    return {
      statement,
      targets: typed?.targets,
      names: columns.map((column) => column.name),
      readers: columns.map((column, index) =>
        // SQLite tells the type of the first arm of a union only.
        readerOf(
          inferred[index] ?? (column.type === null ? undefined : parseDeclaredType(column.type)),
          this.#values,
        ),
      ),
      generation: this.#schema.generation,
      permit,
      lastRow:
        typed?.guarded === undefined
          ? undefined
          : this.database.prepare(lastRowOf(typed.guarded), { readBigInts: true, returnArrays: true }),
    }
  }
}

const MAKES_TRIGGER = /^\s*create\s+(?:temp\s+|temporary\s+)?trigger\b/i

/** SQLite prepares the first statement of a text and passes over the others; PostgreSQL runs them all. */
function refuseSeveral({ query, sql }: EngineQuery): void {
  if (query.kind !== "RawNode" || !/;\s*\S/.test(sql.replaceAll(QUOTED, blank)) || MAKES_TRIGGER.test(sql))
    return
  throw notPortable("Several statements in one text", "Send them one by one.")
}

/** A comment is nothing, a quoted part is something. */
function blank(part: string): string {
  return part.startsWith("-") || part.startsWith("/") ? " " : "''"
}

function lastOf(statement: StatementSync): bigint {
  return (statement.get() as unknown as readonly [bigint])[0]
}

function countsChanges({ query, sql }: EngineQuery): boolean {
  const kind = queryKind(query)
  return kind === "write" || (kind === "raw" && countsRows(sql))
}

function bindAll(query: EngineQuery, targets: Prepared["targets"]): Bound[] {
  // node:sqlite binds NULL for a parameter that is missing, so the count is checked here.
  const expected = targets?.length ?? countPlaceholders(query.sql)
  if (query.parameters.length !== expected) {
    const message = `${query.parameters.length} parameters were given, but the statement takes ${expected}`
    throw new DatabaseError({ code: "08P01", message })
  }
  return query.parameters.map((value, index) => bindValue(value, targets?.[index]))
}

function countPlaceholders(sql: string): number {
  return sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, "").split("?").length - 1
}

function toObject(row: Row, { names, readers }: Prepared): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (let index = 0; index < names.length; index += 1) {
    const value = row[index]
    object[names[index] as string] = value === null ? null : (readers[index] as Reader)(value)
  }
  return object
}
