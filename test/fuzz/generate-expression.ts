import type { LogicalType, TypeName } from "../../packages/understudy/src/engine/logical-type.ts"
import { computedType, familyOf, isFloat, isInteger, isNumber, isOrdered, isText } from "./column-types.ts"
import { drawValue } from "./column-values.ts"
import type { Draw } from "./draw.ts"
import type { Expression, FuzzColumn, Select, Source, Table } from "./program.ts"

/** Makes a query for a place inside an expression. */
export type DrawQuery = (place: Place, types: readonly LogicalType[]) => Select

/** Where an expression stands. */
export interface Place {
  readonly draw: Draw
  readonly tables: readonly Table[]
  /** The rows that it sees. */
  readonly sources: readonly Source[]
  /** How deep it may still go. */
  readonly depth: number
  /**
   * May it fail on some rows? Only where both engines look at every row: which rows the rest of a condition or a LIMIT
   * leaves out before is theirs to choose.
   */
  readonly risky: boolean
  readonly drawQuery: DrawQuery
}

const BOOLEAN: LogicalType = { name: "boolean" }
const INT4: LogicalType = { name: "int4" }
const TEXT: LogicalType = { name: "text" }

interface NamedColumn extends FuzzColumn {
  readonly source: string
}

export function columnsOf({ sources }: Place): NamedColumn[] {
  return sources.flatMap(({ alias, columns }) => columns.map((column) => ({ ...column, source: alias })))
}

export function reference({ source, name, type }: NamedColumn): Expression {
  return { kind: "column", source, name, type }
}

export function sameType(left: LogicalType, right: LogicalType): boolean {
  return left.name === right.name && left.size === right.size && left.scale === right.scale
}

function deeper(place: Place): Place {
  return { ...place, depth: place.depth - 1 }
}

/** A parameter whose type its neighbour tells. */
function parameter({ draw, risky }: Place, type: LogicalType): Expression {
  return { kind: "parameter", value: drawValue(draw, type, { tame: false, wrong: risky ? 6 : 0 }), type }
}

/** A parameter that stands alone. */
function typedParameter(place: Place, type: LogicalType): Expression {
  const value = drawValue(place.draw, type, { tame: true })
  return { kind: "cast", operand: { kind: "parameter", value, type: TEXT }, type }
}

/** An expression of this type. Equal values of it look the same. */
export function drawExpression(place: Place, type: LogicalType): Expression {
  const { draw, depth } = place
  const columns = columnsOf(place).filter((column) => column.tame && sameType(column.type, type))
  const leaf = (): Expression => {
    if (columns.length > 0 && !draw.chance(10)) return reference(draw.pick(columns))
    return draw.chance(8) ? { kind: "cast", operand: literal(null), type } : typedParameter(place, type)
  }
  if (depth <= 0 || draw.chance(25)) return leaf()
  const inner = (wanted = type): Expression => drawExpression(deeper(place), wanted)
  const choices: (readonly [number, () => Expression])[] = [
    [8, leaf],
    [
      2,
      () => ({
        kind: "call",
        name: "coalesce",
        args: [inner(), draw.chance(50) ? inner() : parameter(calm(place), type)],
        type,
      }),
    ],
    [3, () => drawCase(place, type)],
  ]
  if (isOrdered(type)) {
    choices.push([2, () => ({ kind: "call", name: "nullif", args: [inner(), inner()], type: type })])
    if (type.name !== "boolean" && type.name !== "bytea" && !(type.name === "numeric"))
      choices.push([
        2,
        () => ({
          kind: "call",
          name: draw.pick(["greatest", "least"]),
          args: draw.times(draw.between(2, 3), () => inner()),
          type,
        }),
      ])
  }
  if (draw.chance(10))
    choices.push([4, () => ({ kind: "scalar", query: place.drawQuery(deeper(place), [type]), type })])
  if (type.name === "boolean") choices.push([20, () => drawCondition(place)])
  if (isText(type) && type.name === "text") choices.push([14, () => drawText(place)])
  if (isNumber(type)) choices.push([10, () => drawNumber(place, type)])
  choices.push([3, () => drawCast(place, type)])
  return draw.weighted(choices)()
}

function calm(place: Place): Place {
  return { ...place, risky: false }
}

function literal(value: boolean | number | null): Expression {
  return { kind: "literal", value, type: value === null ? TEXT : typeof value === "boolean" ? BOOLEAN : INT4 }
}

function drawCase(place: Place, type: LogicalType): Expression {
  const { draw } = place
  // What fails in an arm that is not taken fails on one engine and not on the other where it is computed beforehand.
  const arms = calm(deeper(place))
  const whens = draw.times(draw.between(1, 2), () => ({
    when: drawCondition(arms),
    result: drawExpression(arms, type),
  }))
  return draw.chance(70)
    ? { kind: "case", whens, otherwise: drawExpression(arms, type), type }
    : { kind: "case", whens, type }
}

function drawText(place: Place): Expression {
  const { draw } = place
  const inner = (type = TEXT): Expression => drawExpression(deeper(place), type)
  const call = (name: string, ...args: Expression[]): Expression => ({ kind: "call", name, args, type: TEXT })
  const small = (least = 0): Expression => ({ kind: "literal", value: draw.between(least, 4), type: INT4 })
  return draw.weighted<() => Expression>([
    [3, () => call(draw.pick(["lower", "upper"]), inner())],
    [3, () => call(draw.pick(["trim", "btrim", "ltrim", "rtrim"]), inner())],
    [2, () => call(draw.pick(["btrim", "ltrim", "rtrim"]), inner(), parameter(calm(place), TEXT))],
    [
      3,
      () =>
        draw.chance(50) ? call("substr", inner(), small(-3)) : call("substr", inner(), small(-3), small()),
    ],
    [2, () => call("replace", inner(), parameter(calm(place), TEXT), parameter(calm(place), TEXT))],
    [draw.chance(10) ? 1 : 0, () => call(draw.pick(["left", "right", "repeat", "lpad"]), inner(), small())],
    [2, () => call("concat", inner(), drawAny(deeper(place)))],
    [4, () => ({ kind: "binary", operator: "||", left: inner(), right: drawAny(deeper(place)), type: TEXT })],
    [3, () => drawJsonText(place) ?? inner()],
    [4, () => ({ kind: "cast", operand: drawAny(deeper(place)), type: TEXT })],
  ])()
}

/** An expression of the type of any column that can be seen. */
export function drawAny(place: Place): Expression {
  const columns = columnsOf(place).filter((column) => column.tame)
  return drawExpression(place, columns.length > 0 ? place.draw.pick(columns).type : TEXT)
}

function drawPath(draw: Draw): (string | number)[] {
  return draw.times(draw.between(1, 2), () => draw.pick<string | number>(["a", "b", "", "ä", 0, 1]))
}

function documentsOf(place: Place): NamedColumn[] {
  return columnsOf(place).filter(({ type }) => type.name === "json" || type.name === "jsonb")
}

function drawJsonText(place: Place): Expression | undefined {
  const documents = documentsOf(place)
  if (documents.length === 0) return undefined
  const document = reference(place.draw.pick(documents))
  return { kind: "json", document, operator: "->>", path: drawPath(place.draw), type: TEXT }
}

const OPERATORS = ["+", "-", "*"]

/** PostgreSQL computes what holds no column even where there are no rows. */
function holdsColumn(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false
  return ("kind" in value && value.kind === "column") || Object.values(value).some(holdsColumn)
}

function drawNumber(place: Place, type: LogicalType): Expression {
  const drawn = drawAnyNumber(place, type)
  return !place.risky || holdsColumn(drawn) ? drawn : typedParameter(place, type)
}

function drawAnyNumber(place: Place, type: LogicalType): Expression {
  const { draw } = place
  const inner = (wanted = type): Expression => drawExpression(deeper(place), wanted)
  const choices: (readonly [number, () => Expression])[] = [[1, () => inner()]]
  if (type.name === "int4") {
    choices.push([3, () => ({ kind: "call", name: "length", args: [inner(TEXT)], type })])
    const names = draw.chance(5) ? ["char_length", "ascii"] : ["octet_length"]
    choices.push([1, () => ({ kind: "call", name: draw.pick(names), args: [inner(TEXT)], type })])
  }
  if (type.name === "float8") {
    choices.push([
      3,
      () => ({ kind: "call", name: draw.pick(["round", "floor", "ceil", "trunc"]), args: [inner()], type }),
    ])
  }
  if (place.risky && draw.chance(3)) {
    if (type.name === "float8") {
      const names = ["sqrt", "exp", "ln", "log", "sin", "atan", "degrees", "cbrt", "sign"]
      choices.push([3, () => ({ kind: "call", name: draw.pick(names), args: [inner()], type })])
      choices.push([1, () => ({ kind: "call", name: "power", args: [inner(), inner()], type })])
    }
    if (isInteger(type))
      choices.push([2, () => ({ kind: "call", name: "mod", args: [inner(), inner()], type })])
  }
  if (place.risky || (type.name === "float8" && draw.chance(50))) {
    const operators = [
      ...OPERATORS,
      ...(place.risky ? ["/"] : []),
      ...(isFloat(type) || !place.risky ? [] : ["%"]),
    ]
    const right = (): Expression => (draw.chance(50) ? inner() : parameter(place, type))
    if (type.name !== "numeric")
      choices.push([
        6,
        () => ({ kind: "binary", operator: draw.pick(operators), left: inner(), right: right(), type }),
      ])
    choices.push([1, () => ({ kind: "unary", operator: "-", operand: inner(), type })])
    if (type.name !== "numeric")
      choices.push([1, () => ({ kind: "call", name: "abs", args: [inner()], type })])
  }
  return draw.weighted(choices)()
}

/** An expression whose type is that of no column: arithmetic with numerics, and between types. */
export function drawComputed(place: Place): Expression {
  const { draw } = place
  const numbers = columnsOf(place).filter(
    ({ type, tame }) => tame && isNumber(type) && (isOrdered(type) || draw.chance(5)),
  )
  if (numbers.length === 0) return drawAny(place)
  const left = reference(draw.pick(numbers))
  const right = draw.chance(40) ? parameter(place, left.type) : reference(draw.pick(numbers))
  const type = computedType(left.type, right.type)
  const operator = draw.pick(isFloat(type) ? [...OPERATORS, "/"] : [...OPERATORS, "/", "%"])
  if (draw.chance(20) && type.name === "numeric" && left.type.name === "numeric") {
    const name = draw.pick(["round", "floor", "ceil", "trunc", "abs"])
    return { kind: "call", name, args: [{ kind: "binary", operator, left, right, type }], type }
  }
  return { kind: "binary", operator, left, right, type }
}

/** What can be cast to a type without an error, and what may fail. */
const SAFE_CASTS: Partial<Record<TypeName, readonly TypeName[]>> = {
  int4: ["int2", "boolean"],
  int8: ["int2", "int4"],
  float8: ["int2", "int4", "float4"],
  boolean: ["int4"],
  timestamp: ["date"],
  date: ["timestamp"],
  timestamptz: ["date", "timestamp"],
  jsonb: ["json"],
}
const RISKY_CASTS: Partial<Record<TypeName, readonly TypeName[]>> = {
  int2: ["int4", "int8", "float8", "numeric", "text"],
  int4: ["int8", "float8", "numeric", "text"],
  int8: ["float8", "numeric", "text"],
  float4: ["float8", "text"],
  float8: ["text"],
  numeric: ["int4", "int8", "float8", "text"],
  boolean: ["text"],
  uuid: ["text"],
  date: ["text"],
  time: ["text", "timestamp"],
  timestamp: ["text"],
  timestamptz: ["text"],
  varchar: ["text"],
}

function drawCast(place: Place, type: LogicalType): Expression {
  const { draw, risky } = place
  const names = [...(SAFE_CASTS[type.name] ?? []), ...(risky ? (RISKY_CASTS[type.name] ?? []) : [])]
  const columns = columnsOf(place).filter((column) => column.tame && names.includes(column.type.name))
  if (columns.length === 0) return drawExpression(deeper(place), type)
  return { kind: "cast", operand: reference(draw.pick(columns)), type }
}

const COMPARISONS = ["=", "<>", "!=", "<", "<=", ">", ">=", "is distinct from", "is not distinct from"]
const PATTERNS = ["%", "a%", "%b", "_", "a_", "%A%", "\\%%", "%\\_%", "", "ä%", "_😀_", "a\\b"]

/** A condition. */
export function drawCondition(place: Place): Expression {
  const { draw, depth } = place
  const inner = (): Expression => drawCondition(deeper(place))
  const choices: (readonly [number, () => Expression])[] = [
    [14, () => drawComparison(place)],
    [4, () => drawPattern(place)],
    [4, () => drawNullTest(place)],
    [3, () => drawDecimalComparison(place)],
  ]
  if (depth > 0) {
    choices.push([
      4,
      () => ({
        kind: draw.pick(["every", "some"]),
        conditions: draw.times(draw.between(2, 3), inner),
        type: BOOLEAN,
      }),
    ])
    choices.push([2, () => ({ kind: "unary", operator: "not", operand: inner(), type: BOOLEAN })])
    choices.push([
      2,
      () => ({ kind: "exists", query: place.drawQuery(calm(deeper(place)), [INT4]), type: BOOLEAN }),
    ])
    choices.push([2, () => drawInQuery(place)])
  }
  const booleans = columnsOf(place).filter((column) => column.type.name === "boolean")
  if (booleans.length > 0) choices.push([2, () => reference(draw.pick(booleans))])
  return draw.weighted(choices)()
}

function drawNullTest(place: Place): Expression {
  const { draw } = place
  const left = drawAny(calm(deeper(place)))
  if (left.type.name === "boolean" && draw.chance(50)) {
    const operator = draw.pick(["is", "is not"])
    return { kind: "binary", operator, left, right: literal(draw.chance(50)), type: BOOLEAN }
  }
  return { kind: "binary", operator: draw.pick(["is", "is not"]), left, right: literal(null), type: BOOLEAN }
}

function drawPattern(place: Place): Expression {
  const { draw } = place
  const operator = draw.pick(["like", "not like", "ilike", "not ilike"])
  const right: Expression = { kind: "parameter", value: draw.pick(PATTERNS), type: TEXT }
  return { kind: "binary", operator, left: drawExpression(calm(deeper(place)), TEXT), right, type: BOOLEAN }
}

function comparable(place: Place): NamedColumn[] {
  return columnsOf(place).filter(
    ({ type }) => isOrdered(type) || (type.name === "jsonb" && place.draw.chance(10)),
  )
}

function drawComparison(place: Place): Expression {
  const { draw, depth } = place
  const columns = comparable(place)
  if (columns.length === 0) return literal(true)
  const column = draw.pick(columns)
  const { type } = column
  const isJson = type.name === "jsonb"
  const left =
    !isJson && depth > 0 && draw.chance(25) ? drawExpression(deeper(place), type) : reference(column)
  const others = columns.filter((other) => familyOf(other.type) === familyOf(type))
  const right = others.length > 1 && draw.chance(35) ? reference(draw.pick(others)) : parameter(place, type)
  if (!isJson && draw.chance(12)) {
    const values = draw.times(draw.between(1, 3), () => drawValue(draw, type, { tame: false }))
    return { kind: "list", left, not: draw.chance(30), values, type: BOOLEAN }
  }
  if (!isJson && draw.chance(10)) {
    return { kind: "between", operand: left, low: parameter(place, type), high: right, type: BOOLEAN }
  }
  const operator = isJson ? draw.pick(["=", "<>"]) : draw.pick(COMPARISONS)
  return { kind: "binary", operator, left, right, type: BOOLEAN }
}

/** Arithmetic with numerics, compared: it fails on no row. */
function drawDecimalComparison(place: Place): Expression {
  const { draw } = place
  const decimals = columnsOf(place).filter(({ type }) => type.name === "numeric" && isOrdered(type))
  const numbers = columnsOf(place).filter(
    ({ type }) => isInteger(type) || (type.name === "numeric" && isOrdered(type)),
  )
  if (decimals.length === 0) return drawComparison(place)
  const type: LogicalType = { name: "numeric" }
  const operand = (): Expression =>
    draw.chance(30) ? parameter(calm(place), { name: "numeric" }) : reference(draw.pick(numbers))
  const left: Expression = {
    kind: "binary",
    operator: draw.pick(OPERATORS),
    left: reference(draw.pick(decimals)),
    right: operand(),
    type,
  }
  return { kind: "binary", operator: draw.pick(COMPARISONS), left, right: operand(), type: BOOLEAN }
}

function drawInQuery(place: Place): Expression {
  const { draw } = place
  const columns = columnsOf(place).filter(({ type, tame }) => tame && isOrdered(type))
  if (columns.length === 0) return literal(false)
  const column = draw.pick(columns)
  const query = place.drawQuery(calm(deeper(place)), [column.type])
  return { kind: "in", left: reference(column), not: draw.chance(30), query, type: BOOLEAN }
}

/** Can it be grouped by, ordered by, kept apart from others, on both engines? */
export function isGroupable({ type, tame }: FuzzColumn): boolean {
  return tame && isOrdered(type)
}

/** Does the type stay what it is in an aggregate `min` or `max`? PostgreSQL has none for these. */
export function hasExtremes(type: LogicalType): boolean {
  return isOrdered(type) && type.name !== "boolean" && type.name !== "uuid"
}
