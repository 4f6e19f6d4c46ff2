import type { LogicalType, TypeName } from "../../packages/understudy/src/engine/logical-type.ts"
import { isFloat, isNumber, isText } from "./column-types.ts"
import type { Draw } from "./draw.ts"
import {
  columnsOf,
  drawAny,
  drawCondition,
  drawExpression,
  hasExtremes,
  isGroupable,
  reference,
  type Place,
} from "./generate-expression.ts"
import type { Expression, Order } from "./program.ts"

const INT8: LogicalType = { name: "int8" }
const TEXT: LogicalType = { name: "text" }

const SUMS: Partial<Record<TypeName, TypeName>> = {
  int2: "int8",
  int4: "int8",
  int8: "numeric",
  float4: "float4",
  float8: "float8",
}

function sumType({ name }: LogicalType): LogicalType {
  return { name: SUMS[name] ?? "numeric" }
}

/** How rows are ordered by an expression. */
export function drawOrder(draw: Draw, expression: Expression): Order {
  const nulls = draw.chance(35) ? { nulls: draw.pick(["first", "last"] as const) } : {}
  return { expression, desc: draw.chance(45), ...nulls }
}

/** A window function. */
export function drawWindow(place: Place): Expression {
  const { draw } = place
  const columns = columnsOf(place)
  const groupable = columns.filter(isGroupable)
  if (groupable.length === 0) return drawAny(place)
  const partition = draw.chance(50) ? [reference(draw.pick(groupable))] : []
  const order: Order[] = draw.some(groupable, 1, 2).map((column) => drawOrder(draw, reference(column)))
  // Rows that are peers come in any order: their number and their neighbours are told only where there are none.
  const table =
    place.sources.length === 1 ? place.tables.find(({ name }) => name === place.sources[0]?.from) : undefined
  const key = table?.primaryKey ?? []
  const total = key.length > 0
  const keyed = columns
    .filter(({ name }) => key.includes(name))
    .map((column) => drawOrder(draw, reference(column)))
  const names = ["rank", "dense_rank", "percent_rank", "cume_dist", "count", "sum", "min", "max"]
  const keyedNames = ["row_number", "lag", "lead", "first_value", "last_value", "ntile"]
  const name = draw.pick(total ? [...names, ...keyedNames] : names)
  const window = { partition, order: total ? [...order, ...keyed] : order }
  const call = (args: readonly Expression[], type: LogicalType): Expression => ({
    kind: "aggregate",
    name,
    args,
    distinct: false,
    type,
    window,
  })
  const extreme = groupable.filter(({ type }) => hasExtremes(type))
  const sums = groupable.filter(({ type }) => isNumber(type))
  switch (name) {
    case "count":
      return call([reference(draw.pick(columns))], INT8)
    case "sum": {
      if (sums.length === 0) return call([], INT8)
      const column = draw.pick(sums)
      return call([reference(column)], sumType(column.type))
    }
    case "min":
    case "max": {
      if (extreme.length === 0) return drawAny(place)
      const column = draw.pick(extreme)
      return call([reference(column)], column.type)
    }
    case "lag":
    case "lead":
    case "first_value":
    case "last_value": {
      const column = draw.pick(groupable)
      return call([reference(column)], column.type)
    }
    case "ntile":
      return call([{ kind: "literal", value: draw.between(1, 3), type: { name: "int4" } }], { name: "int4" })
    case "percent_rank":
    case "cume_dist":
      return call([], { name: "float8" })
    default:
      return call([], INT8)
  }
}

/** An aggregate. */
export function drawAggregate(place: Place): Expression {
  const { draw } = place
  const columns = columnsOf(place)
  const filter = draw.chance(20) ? { filter: drawCondition({ ...place, risky: false, depth: 1 }) } : {}
  const call = (
    name: string,
    args: readonly Expression[],
    type: LogicalType,
    distinct = false,
  ): Expression => ({
    kind: "aggregate",
    name,
    args,
    distinct,
    type,
    ...filter,
  })
  const groupable = columns.filter(isGroupable)
  const numbers = groupable.filter(({ type }) => isNumber(type))
  const texts = columns.filter(({ type }) => isText(type))
  const booleans = columns.filter(({ type }) => type.name === "boolean")
  const extremes = groupable.filter(({ type }) => hasExtremes(type))
  const choices: (readonly [number, () => Expression])[] = [
    [3, () => call("count", [], INT8)],
    [3, () => call("count", [reference(draw.pick(columns))], INT8)],
  ]
  if (groupable.length > 0)
    choices.push([2, () => call("count", [reference(draw.pick(groupable))], INT8, true)])
  if (extremes.length > 0) {
    choices.push([
      4,
      () => {
        const column = draw.pick(extremes)
        const value = draw.chance(30)
          ? drawExpression({ ...place, depth: 1, risky: false }, column.type)
          : reference(column)
        return call(draw.pick(["min", "max"]), [value], column.type)
      },
    ])
  }
  if (numbers.length > 0) {
    choices.push([
      5,
      () => {
        if (draw.chance(25)) return drawSumOfProducts(place, call)
        const { type, ...column } = draw.pick(numbers)
        const distinct = draw.chance(15) && !isFloat(type)
        return call("sum", [reference({ ...column, type })], sumType(type), distinct)
      },
    ])
    choices.push([
      4,
      () => {
        const column = draw.pick(numbers)
        return call("avg", [reference(column)], { name: isFloat(column.type) ? "float8" : "numeric" })
      },
    ])
  }
  if (booleans.length > 0)
    choices.push([
      3,
      () =>
        call(draw.pick(["bool_and", "bool_or", "every"]), [reference(draw.pick(booleans))], {
          name: "boolean",
        }),
    ])
  if (texts.length > 0) {
    choices.push([
      2,
      () => {
        const value = reference(draw.pick(texts))
        const separator: Expression = { kind: "parameter", value: draw.pick([",", "", "; "]), type: TEXT }
        return {
          ...call("string_agg", [value, separator], TEXT),
          order: [{ expression: value, desc: draw.chance(40) }],
        } as Expression
      },
    ])
  }
  return draw.weighted(choices)()
}

type Call = (name: string, args: readonly Expression[], type: LogicalType) => Expression

/** A sum of something that is computed of each row, and does not overflow. */
function drawSumOfProducts(place: Place, call: Call): Expression {
  const { draw } = place
  const numbers = columnsOf(place).filter((column) => isGroupable(column) && column.type.name === "numeric")
  if (numbers.length === 0) return call("count", [drawAny({ ...place, risky: false, depth: 1 })], INT8)
  const type: LogicalType = { name: "numeric" }
  const [left, right] = [reference(draw.pick(numbers)), reference(draw.pick(numbers))]
  const computed: Expression = { kind: "binary", operator: draw.pick(["+", "-", "*"]), left, right, type }
  return call(draw.pick(["sum", "avg", "min", "max", "count"]), [computed], type)
}
