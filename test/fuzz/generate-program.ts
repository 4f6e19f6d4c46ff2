import type { LogicalType } from "../../packages/understudy/src/engine/logical-type.ts"
import { isInteger } from "./column-types.ts"
import { drawValue } from "./column-values.ts"
import type { Draw } from "./draw.ts"
import { drawAny, drawCondition, drawExpression, reference, type Place } from "./generate-expression.ts"
import { drawSelect, drawSelectOf, drawSubquery } from "./generate-query.ts"
import { drawTables } from "./generate-schema.ts"
import type {
  Assignments,
  Conflict,
  Expression,
  Program,
  Selection,
  Source,
  Statement,
  Step,
  Table,
  TableColumn,
} from "./program.ts"

/** The values that keys have been given, so that other rows can refer to them. */
type Known = Map<string, unknown[]>

interface Making {
  readonly draw: Draw
  readonly tables: readonly Table[]
  readonly known: Known
}

/** A whole program: tables, rows, and what is done with them. */
export function drawProgram(draw: Draw): Program {
  const tables = drawTables(draw)
  const making: Making = { draw, tables, known: new Map() }
  const rows = tables.flatMap((table) =>
    draw.times(draw.between(1, 3), () => drawInsert(making, table, true)),
  )
  const steps = draw.times(draw.between(3, 9), () =>
    draw.chance(10) ? drawTransaction(making) : drawStatement(making),
  )
  return { tables, steps: [...rows, ...steps] }
}

function drawTransaction(making: Making): Step {
  const { draw } = making
  const parts = draw.times(draw.between(1, 3), () => ({
    statements: draw.times(draw.between(1, 2), () => drawStatement(making)),
    rolledBack: draw.chance(30),
  }))
  return { kind: "transaction", rolledBack: draw.chance(25), parts }
}

function drawStatement(making: Making): Statement {
  const { draw, tables } = making
  const table = draw.pick(tables)
  return draw.weighted<() => Statement>([
    [60, () => ({ kind: "select", query: drawSelect(draw, tables) })],
    [10, () => drawInsert(making, table, false)],
    [4, () => drawInsertFrom(making, table)],
    [14, () => drawUpdate(making, table)],
    [7, () => drawDelete(making, table)],
  ])()
}

function placeOf({ draw, tables }: Making, table: Table, depth = 2): Place {
  const source: Source = { alias: table.name, columns: table.columns, from: table.name }
  return { draw, tables, sources: [source], depth, risky: false, drawQuery: drawSubquery }
}

function parameter(value: unknown, type: LogicalType): Expression {
  return { kind: "parameter", value, type }
}

function keysOf(table: Table): Set<string> {
  return new Set([
    ...table.primaryKey,
    ...table.uniques.flat(),
    ...table.indexes
      .filter((index) => index.unique)
      .flatMap((index) => index.items.map(({ column }) => column)),
  ])
}

function drawInsert(making: Making, table: Table, first: boolean): Statement {
  const { draw } = making
  const rows = draw.times(draw.between(1, first ? 4 : 3), () => drawRow(making, table, first))
  if (first) return { kind: "insert", table: table.name, rows, returning: [] }
  const conflict = draw.chance(45) ? drawConflict(making, table) : undefined
  return {
    kind: "insert",
    table: table.name,
    rows,
    ...(conflict && { conflict }),
    returning: drawReturning(making, table),
  }
}

function drawRow(making: Making, table: Table, first: boolean): Assignments {
  const { draw } = making
  const keys = keysOf(table)
  const row: Record<string, Expression> = {}
  for (const column of table.columns) {
    if (column.generated !== undefined) continue
    const mayLack = column.drawn !== undefined || column.defaultTo !== undefined || !column.notNull
    if (mayLack && draw.chance(column.drawn === undefined ? 20 : 85)) continue
    row[column.name] = parameter(drawCell(making, table, column, keys.has(column.name) && first), column.type)
  }
  return Object.keys(row).length > 0
    ? row
    : { [table.columns[0]?.name ?? ""]: parameter(null, { name: "text" }) }
}

function drawCell(
  { draw, known, tables }: Making,
  table: Table,
  column: TableColumn,
  distinct: boolean,
): unknown {
  const { name, type, tame } = column
  if (!column.notNull && draw.chance(18)) return null
  const key = table.foreignKeys.find((each) => each.columns.includes(name))
  if (key !== undefined) {
    const parentColumn = key.parentColumns[key.columns.indexOf(name)] ?? ""
    const drawn = tables
      .find((each) => each.name === key.parent)
      ?.columns.find((c) => c.name === parentColumn)?.drawn
    const values = drawn === undefined ? (known.get(`${key.parent}.${parentColumn}`) ?? []) : [1, 2, 3]
    if (values.length > 0 && !draw.chance(6)) return draw.pick(values)
  }
  const { check } = column
  if (check?.operator === "in" && !draw.chance(6)) return draw.pick(check.values)
  const seen = known.get(`${table.name}.${name}`) ?? []
  known.set(`${table.name}.${name}`, seen)
  const drawAnother = (): unknown =>
    isInteger(type) && seen.length > 4
      ? draw.between(1, 30)
      : drawValue(draw, type, { tame, wrong: distinct ? 0 : 1 })
  let value = drawAnother()
  for (let attempt = 0; attempt < (distinct ? 8 : 0) && seen.includes(value); attempt += 1)
    value = drawAnother()
  seen.push(value)
  return value
}

function drawConflict(making: Making, table: Table): Conflict | undefined {
  const { draw } = making
  const targets = [table.primaryKey, ...table.uniques].filter((columns) => columns.length > 0)
  if (targets.length === 0) return undefined
  const columns = draw.pick(targets)
  if (draw.chance(30)) return { columns }
  const changed = settable(table).filter((column) => !columns.includes(column.name))
  if (changed.length === 0) return { columns }
  const place = placeOf(making, table, 1)
  const excluded: Source = { alias: "excluded", columns: table.columns, from: table.name }
  const set = Object.fromEntries(
    draw.some(changed, 1, 2).map((column) => {
      const value: Expression = draw.chance(60)
        ? { kind: "column", source: "excluded", name: column.name, type: column.type }
        : drawAssigned({ ...place, sources: [...place.sources, excluded] }, column)
      return [column.name, value]
    }),
  )
  const where = draw.chance(25)
    ? drawCondition({ ...place, depth: 0, sources: [...place.sources, excluded] })
    : undefined
  return { columns, set, ...(where && { where }) }
}

function settable(table: Table): TableColumn[] {
  return table.columns.filter((column) => column.generated === undefined && column.drawn === undefined)
}

function drawAssigned(place: Place, column: TableColumn): Expression {
  const { draw } = place
  if (!column.notNull && draw.chance(10)) return parameter(null, column.type)
  if (column.check?.operator === "in" && draw.chance(80))
    return parameter(draw.pick(column.check.values), column.type)
  if (draw.chance(40))
    return parameter(drawValue(draw, column.type, { tame: column.tame, wrong: 2 }), column.type)
  return drawExpression({ ...place, risky: draw.chance(20) }, column.type)
}

function drawInsertFrom(making: Making, table: Table): Statement {
  const { draw } = making
  const wanted = table.columns.filter(
    (column) =>
      column.generated === undefined &&
      // Ids would be drawn in the order of the rows, which is each engine's own.
      (column.drawn !== undefined || column.notNull || draw.chance(60)),
  )
  const columns = wanted.length > 0 ? wanted : settable(table).slice(0, 1)
  const types = columns.map(({ type }) => type)
  const place: Place = { ...placeOf(making, table), sources: [] }
  return {
    kind: "insert from",
    table: table.name,
    columns: columns.map(({ name }) => name),
    query: drawSelectOf(place, types),
  }
}

function drawUpdate(making: Making, table: Table): Statement {
  const { draw } = making
  const place = placeOf(making, table)
  const columns = settable(table)
  const chosen = columns.length === 0 ? table.columns.slice(0, 1) : draw.some(columns, 1, 2)
  const joined = draw.chance(15) ? drawJoined(making, table) : undefined
  const inside = joined === undefined ? place : { ...place, sources: [...place.sources, joined.from] }
  const set = Object.fromEntries(chosen.map((column) => [column.name, drawAssigned(inside, column)]))
  const where = joined?.where ?? (draw.chance(75) ? drawCondition(place) : undefined)
  return {
    kind: "update",
    table: table.name,
    set,
    ...(joined && { from: joined.from }),
    ...(where && { where }),
    returning: drawReturning(making, table),
  }
}

/** Another table, of which each row finds one row at most. */
function drawJoined({ draw, tables }: Making, table: Table): { from: Source; where: Expression } | undefined {
  const key = table.foreignKeys.find((each) => each.columns.length === 1)
  const parent = tables.find(({ name }) => name === key?.parent)
  const [column, parentColumn] = [key?.columns[0], key?.parentColumns[0]]
  if (parent === undefined || column === undefined || parentColumn === undefined || draw.chance(5))
    return undefined
  const type = parent.columns.find(({ name }) => name === parentColumn)?.type ?? { name: "int4" }
  return {
    from: { alias: "p", columns: parent.columns, from: parent.name },
    where: {
      kind: "binary",
      operator: "=",
      left: reference({ source: table.name, name: column, type, tame: true }),
      right: reference({ source: "p", name: parentColumn, type, tame: true }),
      type: { name: "boolean" },
    },
  }
}

function drawDelete(making: Making, table: Table): Statement {
  const where = drawCondition(placeOf(making, table))
  return { kind: "delete", table: table.name, where, returning: drawReturning(making, table) }
}

function drawReturning(making: Making, table: Table): Selection[] {
  const { draw } = making
  if (draw.chance(50)) return []
  const place = placeOf(making, table, 1)
  return draw.times(draw.between(1, 3), (index) => {
    const column = draw.pick(table.columns)
    const expression = draw.chance(70) ? reference({ ...column, source: table.name }) : drawAny(place)
    return { name: `r${index}`, expression, type: expression.type, tame: column.tame }
  })
}
