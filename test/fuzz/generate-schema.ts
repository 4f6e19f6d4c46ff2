import type { LogicalType } from "../../packages/understudy/src/engine/logical-type.ts"
import { drawType, isFloat, isInteger, isOrdered, isText } from "./column-types.ts"
import { drawValue } from "./column-values.ts"
import type { Draw } from "./draw.ts"
import type { Condition, ForeignKey, KeyAction, Table, TableColumn, TableIndex } from "./program.ts"

const KEY_TYPES: readonly (readonly [weight: number, type: LogicalType])[] = [
  [5, { name: "int4" }],
  [3, { name: "int8" }],
  [3, { name: "text" }],
  [3, { name: "uuid" }],
  [1, { name: "date" }],
  [1, { name: "varchar", size: 5 }],
]

const ACTIONS: readonly KeyAction[] = ["cascade", "set null", "restrict", "no action", "set default"]

/** Some tables, the later ones with foreign keys to the earlier. */
export function drawTables(draw: Draw): Table[] {
  const tables: Table[] = []
  for (let count = draw.between(1, 4); count > 0; count -= 1) tables.push(drawTable(draw, tables))
  return tables
}

function drawTable(draw: Draw, earlier: readonly Table[]): Table {
  const name = `t${earlier.length}`
  const keys = drawKeys(draw)
  const columns = [...keys, ...drawColumns(draw)]
  const foreignKeys: ForeignKey[] = []
  const parents = earlier.filter((table) => table.primaryKey.length > 0)
  if (parents.length > 0 && draw.chance(70)) {
    const key = drawForeignKey(draw, draw.pick(parents))
    columns.push(...key.columns)
    foreignKeys.push(key.foreignKey)
  }
  const ordered = columns.filter((column) => isUniqueable(column) && !keys.includes(column))
  const uniques = ordered.length > 0 && draw.chance(30) ? [draw.some(ordered, 1, 2).map((c) => c.name)] : []
  return {
    name,
    columns: draw.chance(25) ? [...columns, ...drawGenerated(draw, columns)] : columns,
    primaryKey: keys.map((column) => column.name),
    uniques,
    foreignKeys,
    indexes: draw
      .times(draw.between(0, 2), () => drawIndex(draw, columns))
      .filter((index) => index !== undefined),
  }
}

function isUniqueable({ type, tame }: TableColumn): boolean {
  return tame && isOrdered(type) && type.name !== "boolean"
}

function drawKeys(draw: Draw): TableColumn[] {
  if (draw.chance(8)) return []
  if (draw.chance(25)) {
    const type = draw.pick<LogicalType>([{ name: "int4" }, { name: "int8" }])
    return [{ name: "id", type, tame: true, notNull: true, drawn: draw.pick(["serial", "identity"]) }]
  }
  return draw.times(draw.chance(20) ? 2 : 1, (index) => ({
    name: `k${index}`,
    type: draw.weighted(KEY_TYPES),
    tame: true,
    notNull: true,
  }))
}

function drawColumns(draw: Draw): TableColumn[] {
  return draw.times(draw.between(1, 6), (index) => {
    const type = drawType(draw)
    const tame = !isFloat(type) || draw.chance(65)
    const name = `c${index}`
    return {
      name,
      type,
      tame,
      notNull: draw.chance(15),
      ...(draw.chance(20) ? drawDefault(draw, type) : {}),
      ...(draw.chance(15) ? drawCheck(draw, name, type) : {}),
    }
  })
}

function drawDefault(draw: Draw, type: LogicalType): { defaultTo?: string | number | boolean } {
  if (type.name === "boolean") return { defaultTo: draw.chance(50) }
  const value = drawValue(draw, type, { tame: true })
  if (typeof value === "number" && !Number.isFinite(value)) return {}
  return typeof value === "number" || typeof value === "string" ? { defaultTo: value } : {}
}

function drawCheck(draw: Draw, column: string, type: LogicalType): { check?: Condition } {
  if (!isText(type) && !isInteger(type)) return {}
  const values = draw.times(4, () => drawValue(draw, type, { tame: true }) as string | number)
  if (draw.chance(50)) return { check: { column, operator: "in", values } }
  return { check: { column, operator: draw.pick(["<>", ">="]), values: [isText(type) ? "" : -1] } }
}

function drawForeignKey(draw: Draw, parent: Table): { columns: TableColumn[]; foreignKey: ForeignKey } {
  const columns = parent.primaryKey.map((key, index) => ({
    name: `f${index}`,
    type: parent.columns.find((column) => column.name === key)?.type ?? { name: "int4" },
    tame: true,
    notNull: draw.chance(20),
  }))
  const foreignKey: ForeignKey = {
    columns: columns.map((column) => column.name),
    parent: parent.name,
    parentColumns: parent.primaryKey,
    onDelete: draw.pick(ACTIONS),
    onUpdate: draw.pick(ACTIONS),
    deferred: draw.chance(15),
  }
  return { columns, foreignKey }
}

function drawGenerated(draw: Draw, columns: readonly TableColumn[]): TableColumn[] {
  const from = draw.pick(columns)
  const make = (operation: "lower" | "upper" | "coalesce" | "plus one"): TableColumn[] => [
    {
      name: "g",
      type: operation === "coalesce" || operation === "plus one" ? from.type : { name: "text" },
      tame: from.tame,
      notNull: false,
      generated: { operation, column: from.name },
    },
  ]
  if (from.drawn !== undefined) return []
  if (isText(from.type)) return make(draw.pick(["lower", "upper", "coalesce"]))
  return isInteger(from.type) ? make("plus one") : make("coalesce")
}

function drawIndex(draw: Draw, columns: readonly TableColumn[]): TableIndex | undefined {
  const ordered = columns.filter(({ type }) => isOrdered(type))
  if (ordered.length === 0) return undefined
  const chosen = draw.some(ordered, 1, 2)
  const unique = chosen.every(isUniqueable) && draw.chance(15)
  const items = chosen.map(({ name, type }) => ({
    column: name,
    desc: draw.chance(30),
    ...(isText(type) && draw.chance(30) ? { through: draw.pick(["lower", "upper"] as const) } : {}),
  }))
  if (draw.chance(70)) return { unique, items }
  const { name, type } = draw.pick(ordered)
  const where: Condition = isInteger(type)
    ? { column: name, operator: draw.pick([">=", "<"]), values: [2] }
    : { column: name, operator: "is not", values: [null] }
  return { unique, items, where }
}
