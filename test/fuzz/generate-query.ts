import type { LogicalType } from "../../packages/understudy/src/engine/logical-type.ts"
import { familyOf, isNumber, isOrdered } from "./column-types.ts"
import type { Draw } from "./draw.ts"
import { drawAggregate, drawOrder, drawWindow } from "./generate-aggregate.ts"
import {
  columnsOf,
  drawAny,
  drawComputed,
  drawCondition,
  drawExpression,
  hasExtremes,
  isGroupable,
  reference,
  sameType,
  type Place,
} from "./generate-expression.ts"
import type { Expression, Join, Select, Selection, Source, Table } from "./program.ts"

const TEXT: LogicalType = { name: "text" }

/** What a query is to be. */
interface Wanted {
  /** The types of its columns; undefined: any. */
  readonly types?: readonly LogicalType[]
  /** Is it a query of its own, and none inside another? */
  readonly outermost: boolean
}

/** A query of its own. */
export function drawSelect(draw: Draw, tables: readonly Table[]): Select {
  const place: Place = { draw, tables, sources: [], depth: 3, risky: false, drawQuery: drawSubquery }
  return drawQuery(place, { outermost: true })
}

/** A query that gives columns of these types, and whose rows are all wanted. */
export function drawSelectOf(place: Place, types: readonly LogicalType[]): Select {
  return drawQuery({ ...place, risky: false }, { types, outermost: false })
}

/** A query inside an expression. As a value it gives one row at most. */
export function drawSubquery(place: Place, types: readonly LogicalType[]): Select {
  const { draw } = place
  const inner = { ...place, risky: false, depth: Math.min(place.depth, 1) }
  const [type] = types
  const source = drawTableSource(inner, "s")
  const own = { ...inner, sources: [source] }
  const both = { ...inner, sources: [...place.sources, source] }
  const where = draw.chance(75) ? drawCorrelation(both, source) : undefined
  const columns = source.columns.filter(
    (column) => column.tame && type !== undefined && sameType(column.type, type) && hasExtremes(column.type),
  )
  const base = {
    ctes: [],
    source,
    joins: [],
    groupBy: [],
    distinct: false,
    orderBy: [],
    ...(where && { where }),
  }
  if (type === undefined || columns.length === 0) {
    const expression: Expression = {
      kind: "cast",
      operand: drawExpression({ ...own, depth: 0 }, type ?? TEXT),
      type: type ?? TEXT,
    }
    return {
      ...base,
      selections: [{ name: "x", expression: oneOf(expression), type: expression.type, tame: true }],
    }
  }
  const column = reference({ ...draw.pick(columns), source: source.alias })
  return {
    ...base,
    selections: [{ name: "x", expression: oneOf(column, draw.pick(["min", "max"])), type, tame: true }],
  }
}

/** An aggregate without GROUP BY makes one row of a query. */
function oneOf(expression: Expression, name = "max"): Expression {
  const { type } = expression
  if (hasExtremes(type)) return aggregate(name, [expression], type)
  if (type.name === "boolean") return aggregate(name === "max" ? "bool_or" : "bool_and", [expression], type)
  const text: Expression = { kind: "cast", operand: expression, type: TEXT }
  return { kind: "cast", operand: aggregate(name, [text], TEXT), type }
}

function aggregate(name: string, args: readonly Expression[], type: LogicalType): Expression {
  return { kind: "aggregate", name, args, distinct: false, type }
}

function drawTableSource({ draw, tables }: Place, prefix: string): Source {
  const table = draw.pick(tables)
  return { alias: draw.name(prefix), columns: table.columns, from: table.name }
}

function drawCorrelation(place: Place, source: Source): Expression {
  const { draw } = place
  const own = source.columns.map((column) => ({ ...column, source: source.alias }))
  const outer = columnsOf({ ...place, sources: place.sources.slice(0, -1) })
  const pairs = own.flatMap((left) =>
    outer
      .filter(
        (right) =>
          isOrdered(left.type) && isOrdered(right.type) && familyOf(left.type) === familyOf(right.type),
      )
      .map((right) => [left, right] as const),
  )
  if (pairs.length === 0 || draw.chance(40)) return drawCondition({ ...place, sources: [source], depth: 0 })
  const [left, right] = draw.pick(pairs)
  const operator = draw.pick(["=", "=", "=", "<", "<>"])
  return {
    kind: "binary",
    operator,
    left: reference(left),
    right: reference(right),
    type: { name: "boolean" },
  }
}

function drawQuery(place: Place, wanted: Wanted): Select {
  const { draw } = place
  const ctes = wanted.outermost && draw.chance(12) ? [drawCte(place)] : []
  const source = drawSource(place, ctes)
  const joins = drawJoins(place, source, ctes)
  const sources = [source, ...joins.map((join) => join.source)]
  // Whether a row is looked at before a join or a condition takes it away, each engine chooses for itself.
  const plain = joins.length === 0 && typeof source.from === "string" && ctes.length === 0
  const own: Place = { ...place, sources: [...place.sources, ...sources], risky: false }
  const where = draw.chance(55) ? drawCondition(own) : undefined
  const risky = wanted.outermost && plain && draw.chance(30)
  const inRows = { ...own, risky }
  const base = { ctes, source, joins, ...(where && { where }) }
  if (wanted.types === undefined && draw.chance(25)) return drawGrouped(inRows, base, risky)
  const selections = drawSelections(inRows, wanted)
  const distinct = selections.every(isGroupable) && draw.chance(12)
  const set =
    !risky && selections.every(isGroupable) && draw.chance(wanted.outermost ? 12 : 4)
      ? drawSet(place, selections)
      : undefined
  return ordered(
    inRows,
    { ...base, groupBy: [], selections, distinct, orderBy: [], ...(set && { set }) },
    risky,
  )
}

type Base = Pick<Select, "ctes" | "source" | "joins" | "where">

function drawSelections(place: Place, { types }: Wanted): Selection[] {
  const { draw } = place
  const named = (expression: Expression, index: number, tame = true): Selection => ({
    name: `x${index}`,
    expression,
    type: expression.type,
    tame: tame && !(expression.type.name === "numeric" && !isOrdered(expression.type)),
  })
  if (types !== undefined) return types.map((type, index) => named(drawExpression(place, type), index))
  return draw.times(draw.between(1, 5), (index) => {
    const columns = columnsOf(place)
    const kind = draw.weighted([
      [40, "column"],
      [30, "expression"],
      [10, "condition"],
      [place.risky ? 25 : 0, "computed"],
      [8, "window"],
      [6, "json"],
    ] as const)
    const column = draw.pick(columns)
    if (kind === "column") return named(reference(column), index, column.tame)
    if (kind === "condition") return named(drawCondition(place), index)
    if (kind === "computed") return named(drawComputed(place), index, false)
    if (kind === "window") return named(drawWindow(place), index)
    if (kind === "json") return named(drawJson(place), index)
    return named(drawAny(place), index)
  })
}

function drawJson(place: Place): Expression {
  const { draw } = place
  const documents = columnsOf(place).filter(({ type }) => type.name === "json" || type.name === "jsonb")
  if (documents.length === 0) return drawAny(place)
  const document = reference(draw.pick(documents))
  const operator = draw.pick(["->", "->>"] as const)
  const path = draw.times(draw.between(1, 2), () => draw.pick<string | number>(["a", "b", "", "ä", 0, 1]))
  return { kind: "json", document, operator, path, type: operator === "->" ? document.type : TEXT }
}

function holdsParameter(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false
  const kind = "kind" in value ? value.kind : undefined
  if (kind === "parameter" || kind === "list" || kind === "scalar" || kind === "exists" || kind === "in")
    return true
  return Object.values(value).some(holdsParameter)
}

function drawGrouped(place: Place, base: Base, risky: boolean): Select {
  const { draw } = place
  const groupable = columnsOf(place).filter(isGroupable)
  const keyPlace = { ...place, risky: false, depth: 1 }
  const groupBy = draw.some(groupable, 0, 2).map((column) => {
    // A parameter would be another one in the selection than in GROUP BY, to PostgreSQL.
    const expression = draw.chance(20) ? drawExpression(keyPlace, column.type) : reference(column)
    return holdsParameter(expression) ? reference(column) : expression
  })
  const keys = groupBy.map((expression, index) => ({
    name: `k${index}`,
    expression,
    type: expression.type,
    tame: true,
  }))
  const aggregates = draw.times(draw.between(1, 3), (index) => {
    const expression = drawAggregate(place)
    return {
      name: `x${index}`,
      expression,
      type: expression.type,
      tame: !(expression.type.name === "numeric") || isOrdered(expression.type),
    }
  })
  const having = draw.chance(25) ? drawHaving(place) : undefined
  const selections = [...keys, ...aggregates]
  return ordered(
    place,
    { ...base, groupBy, selections, distinct: false, orderBy: [], ...(having && { having }) },
    risky,
  )
}

function drawHaving(place: Place): Expression {
  const { draw } = place
  const left = drawAggregate({ ...place, risky: false })
  const operator = draw.pick([">", "<=", "=", "<>", "is not"])
  const isComparable = isOrdered(left.type) || left.type.name === "numeric"
  const right: Expression =
    operator === "is not" || !isComparable || !(isNumber(left.type) && left.type.name !== "numeric")
      ? { kind: "literal", value: null, type: TEXT }
      : { kind: "parameter", value: draw.between(0, 3), type: left.type }
  const test = right.kind === "literal" ? "is not" : operator
  return { kind: "binary", operator: test, left, right, type: { name: "boolean" } }
}

/** Orders the rows; all of them where only some are wanted. */
function ordered(place: Place, query: Select, risky: boolean): Select {
  const { draw } = place
  const { selections } = query
  const byName = ({ name, type }: Selection): Expression => ({
    kind: "column",
    source: undefined,
    name,
    type,
  })
  if (selections.every(isGroupable) && !risky && draw.chance(35)) {
    const orderBy = selections.map((each) => drawOrder(draw, byName(each)))
    const limit = draw.chance(80) ? { limit: draw.between(0, 5) } : {}
    const offset = draw.chance(30) ? { offset: draw.between(0, 3) } : {}
    return { ...query, orderBy, ...limit, ...offset }
  }
  const some = selections.filter(isGroupable)
  if (some.length === 0 || draw.chance(60)) return query
  return { ...query, orderBy: draw.some(some, 1, 2).map((each) => drawOrder(draw, byName(each))) }
}

function drawSet(place: Place, selections: readonly Selection[]): NonNullable<Select["set"]> {
  const { draw } = place
  const types = selections.map(({ type }) => type)
  const inner = drawQuery({ ...place, depth: 1, risky: false }, { types, outermost: false })
  const { set: _set, limit: _limit, offset: _offset, ...query } = inner
  return {
    operator: draw.pick(["union", "unionAll", "intersect", "except"]),
    query: { ...query, orderBy: [] },
  }
}

function drawCte(place: Place): { name: string; query: Select } {
  const { draw } = place
  return { name: draw.name("w"), query: drawQuery({ ...place, depth: 1 }, { outermost: false }) }
}

function drawSource(place: Place, ctes: Select["ctes"]): Source {
  const { draw } = place
  const [cte] = ctes
  if (cte !== undefined && draw.chance(80))
    return { alias: draw.name("a"), columns: cte.query.selections, from: cte.name }
  if (place.depth > 1 && draw.chance(8)) {
    const query = drawQuery({ ...place, sources: [], depth: 1, risky: false }, { outermost: false })
    return { alias: draw.name("q"), columns: query.selections, from: query }
  }
  return drawTableSource(place, "a")
}

function drawJoins(place: Place, first: Source, ctes: Select["ctes"]): Join[] {
  const { draw } = place
  const joins: Join[] = []
  if (!draw.chance(35)) return joins
  for (
    let count = draw.weighted([
      [4, 1],
      [1, 2],
    ]);
    count > 0;
    count -= 1
  ) {
    const source = drawSource({ ...place, depth: 1 }, ctes)
    const kind = draw.weighted([
      [5, "inner"],
      [4, "left"],
      [2, "right"],
      [2, "full"],
      [1, "cross"],
    ] as const)
    joins.push({
      kind,
      source,
      ...(kind === "cross"
        ? {}
        : { on: drawJoinOn(place, [first, ...joins.map((join) => join.source)], source) }),
    })
  }
  return joins
}

function drawJoinOn(place: Place, before: readonly Source[], source: Source): Expression {
  const { draw } = place
  const columns = source.columns
    .filter(({ type }) => isOrdered(type))
    .map((column) => ({ ...column, source: source.alias }))
  const pairs = columns.flatMap((right) =>
    columnsOf({ ...place, sources: before })
      .filter((left) => isOrdered(left.type) && familyOf(left.type) === familyOf(right.type))
      .map((left) => [left, right] as const),
  )
  if (pairs.length === 0) return { kind: "literal", value: true, type: { name: "boolean" } }
  const [left, right] = draw.pick(pairs)
  return {
    kind: "binary",
    operator: "=",
    left: reference(left),
    right: reference(right),
    type: { name: "boolean" },
  }
}
