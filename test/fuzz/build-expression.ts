import {
  expressionBuilder,
  ExpressionWrapper,
  sql,
  type ExpressionBuilder,
  type OperationNode,
  type OrderByItemBuilder,
} from "kysely"
import { sqlType } from "./column-types.ts"
import type { Expression, Order, Select } from "./program.ts"

// Tables that each program makes for itself have no types.
// oxlint-disable-next-line typescript/no-explicit-any
export type Loose = Record<string, Record<string, any>>
export type Built = ExpressionWrapper<Loose, string, unknown>
export type Predicate = ExpressionWrapper<Loose, string, boolean>
type Of<K extends Expression["kind"]> = Extract<Expression, { kind: K }>

const eb: ExpressionBuilder<Loose, string> = expressionBuilder<Loose, string>()

/** What an operator's operand must stand in brackets for: Kysely writes none of its own. */
const OPERATIONS: ReadonlySet<Expression["kind"]> = new Set([
  "binary",
  "unary",
  "every",
  "some",
  "list",
  "in",
  "json",
  "between",
  "exists",
])

/** How an ORDER BY item is directed. */
export function directed({ desc, nulls }: Order): (item: OrderByItemBuilder) => OrderByItemBuilder {
  return (item) => {
    const built = desc ? item.desc() : item.asc()
    if (nulls === undefined) return built
    return nulls === "first" ? built.nullsFirst() : built.nullsLast()
  }
}

/** Makes Kysely's trees of expressions. */
export class ExpressionMaker {
  readonly #select: (query: Select) => OperationNode

  constructor(select: (query: Select) => OperationNode) {
    this.#select = select
  }

  #operand(expression: Expression): Built {
    const built = this.build(expression)
    return OPERATIONS.has(expression.kind) ? (eb.parens(built as Predicate) as Built) : built
  }

  /** An expression as Kysely's builder makes it. */
  build(expression: Expression): Built {
    switch (expression.kind) {
      case "column": {
        const { source, name } = expression
        return eb.ref(source === undefined ? name : `${source}.${name}`) as Built
      }
      case "parameter":
        return eb.val(expression.value) as Built
      case "literal":
        return eb.lit(expression.value) as Built
      case "binary":
        return eb(
          this.#operand(expression.left),
          expression.operator as "=",
          this.#operand(expression.right),
        ) as Built
      case "unary":
        return expression.operator === "not"
          ? eb.not(this.#operand(expression.operand) as Predicate)
          : (eb.neg(this.#operand(expression.operand) as never) as Built)
      case "every":
        return eb.and(expression.conditions.map((each) => this.#operand(each) as Predicate))
      case "some":
        return eb.or(expression.conditions.map((each) => this.#operand(each) as Predicate))
      case "list":
        return eb(
          this.#operand(expression.left),
          expression.not ? "not in" : "in",
          expression.values,
        ) as Built
      case "in":
        return eb(
          this.#operand(expression.left),
          expression.not ? "not in" : "in",
          this.#query(expression),
        ) as Built
      case "between":
        return eb.between(
          this.#operand(expression.operand),
          this.#operand(expression.low),
          this.#operand(expression.high),
        ) as Built
      case "exists":
        return eb.exists(this.#query(expression)) as Built
      case "scalar":
        return this.#query(expression)
      case "case":
        return this.#case(expression)
      case "call":
        return eb.fn(
          expression.name,
          expression.args.map((each) => this.build(each)),
        ) as Built
      case "cast":
        return eb.cast(this.build(expression.operand), sql.raw(sqlType(expression.type))) as Built
      case "json":
        return this.#json(expression)
      case "aggregate":
        return this.#aggregate(expression)
      default:
        return expression satisfies never
    }
  }

  #query({ query: select }: Of<"in" | "exists" | "scalar">): Built {
    return new ExpressionWrapper(this.#select(select))
  }

  #case({ whens, otherwise }: Of<"case">): Built {
    const [first, ...rest] = whens.map(
      ({ when, result }) => [this.#operand(when), this.#operand(result)] as const,
    )
    if (first === undefined) throw new Error("a CASE without WHEN")
    let built = eb
      .case()
      .when(first[0] as Predicate)
      .then(first[1])
    for (const [when, result] of rest) built = built.when(when as Predicate).then(result)
    return (otherwise === undefined ? built.end() : built.else(this.#operand(otherwise)).end()) as Built
  }

  #json({ document, operator, path }: Of<"json">): Built {
    if (document.kind !== "column") throw new Error("only a column is traversed")
    const { source, name } = document
    let built = eb.ref(source === undefined ? name : `${source}.${name}`, operator)
    for (const leg of path)
      built = (typeof leg === "number" ? built.at(leg as never) : built.key(leg as never)) as never
    return built as unknown as Built
  }

  #aggregate({ name, args, distinct, filter, order, window }: Of<"aggregate">): Built {
    const counting = name === "count" && args.length === 0
    let built = counting ? eb.fn.countAll() : eb.fn.agg(name, args.map((each) => this.build(each)) as never)
    if (distinct) built = built.distinct()
    for (const each of order ?? [])
      built = built.orderBy(this.build(each.expression), directed(each) as never)
    if (filter !== undefined) built = built.filterWhere(this.#operand(filter) as never)
    if (window === undefined) return new ExpressionWrapper(built.toOperationNode())
    const over = built.over((clause) => {
      let made = clause
      for (const each of window.partition) made = made.partitionBy(this.build(each) as never) as never
      for (const each of window.order)
        made = made.orderBy(this.build(each.expression) as never, directed(each) as never) as never
      return made
    })
    return new ExpressionWrapper(over.toOperationNode())
  }
}
