import { sql, type ColumnDefinitionBuilder, type Expression, type Kysely } from "kysely"
import type { Loose } from "./build-expression.ts"
import type { Runnable } from "./build-query.ts"
import { sqlType } from "./column-types.ts"
import type { Condition, Generation, Table, TableColumn, TableIndex } from "./program.ts"

function conditionText({ column, operator, values }: Condition): Expression<boolean> & { as: never } {
  const list = sql.join(values.map((value) => sql.lit(value)))
  const right = operator === "in" ? sql`(${list})` : list
  return sql<boolean>`${sql.ref(column)} ${sql.raw(operator)} ${right}` as never
}

function generationText({ operation, column }: Generation): Expression<unknown> {
  const from = sql.ref(column)
  if (operation === "plus one") return sql`${from} + 1`
  return operation === "coalesce" ? sql`coalesce(${from}, ${from})` : sql`${sql.raw(operation)}(${from})`
}

const SERIALS = { int2: "smallserial", int4: "serial", int8: "bigserial" } as const

function columnType({ type, drawn }: TableColumn): string {
  if (drawn !== "serial") return sqlType(type)
  return SERIALS[type.name as keyof typeof SERIALS]
}

function defined(column: TableColumn): (builder: ColumnDefinitionBuilder) => ColumnDefinitionBuilder {
  return (builder) => {
    let built = builder
    if (column.drawn === "identity") built = built.generatedByDefaultAsIdentity()
    if (column.notNull) built = built.notNull()
    if (column.defaultTo !== undefined) built = built.defaultTo(column.defaultTo)
    if (column.check !== undefined) built = built.check(conditionText(column.check))
    if (column.generated !== undefined)
      built = built.generatedAlwaysAs(generationText(column.generated)).stored()
    return built
  }
}

function buildTable(db: Kysely<Loose>, table: Table): Runnable {
  let built = db.schema.createTable(table.name)
  for (const column of table.columns)
    built = built.addColumn(column.name, columnType(column) as never, defined(column)) as never
  if (table.primaryKey.length > 0)
    built = built.addPrimaryKeyConstraint(`${table.name}_key`, table.primaryKey as never) as never
  table.uniques.forEach((columns, index) => {
    built = built.addUniqueConstraint(`${table.name}_unique${index}`, columns as never) as never
  })
  for (const key of table.foreignKeys) {
    const { columns, parent, parentColumns } = key
    built = built.addForeignKeyConstraint(
      `${table.name}_parent`,
      columns as never,
      parent,
      parentColumns as never,
      (clause) => {
        const acting = clause.onDelete(key.onDelete).onUpdate(key.onUpdate)
        return key.deferred ? acting.deferrable().initiallyDeferred() : acting
      },
    ) as never
  }
  return built as unknown as Runnable
}

function buildIndex(db: Kysely<Loose>, table: Table, index: TableIndex, place: number): Runnable {
  let built = db.schema.createIndex(`${table.name}_index${place}`).on(table.name)
  if (index.unique) built = built.unique()
  for (const { column, through, desc } of index.items) {
    const order = sql.raw(desc ? "desc" : "asc")
    built = (
      through === undefined
        ? built.column((desc ? `${column} desc` : column) as never)
        : built.expression(sql`${sql.raw(through)}(${sql.ref(column)}) ${order}`)
    ) as never
  }
  if (index.where !== undefined) built = built.where(conditionText(index.where) as never) as never
  return built as unknown as Runnable
}

/** The statements that make a table and its indexes. */
export function buildDefinition(db: Kysely<Loose>, table: Table): Runnable[] {
  return [buildTable(db, table), ...table.indexes.map((index, place) => buildIndex(db, table, index, place))]
}
