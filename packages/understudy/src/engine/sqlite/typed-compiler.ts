import type {
  AliasNode,
  BinaryOperationNode,
  FunctionNode,
  GroupByItemNode,
  InsertQueryNode,
  JSONPathNode,
  JSONReferenceNode,
  OperationNode,
  OrderByItemNode,
  PartitionByItemNode,
  RawNode,
  ReferenceNode,
  ReturningNode,
  SelectQueryNode,
  SetOperationNode,
  UpdateQueryNode,
  ValueNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { isExactNumeric, type LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { isArithmetic } from "./arithmetic.ts"
import { isText } from "./casts.ts"
import { arithmeticType } from "./common-type.ts"
import { assertComparable, assertOrdered } from "./comparable.ts"
import { AgreementCompiler } from "./agreement-compiler.ts"
import { isComparison, operatorOf, rightOf } from "./expression-type.ts"
import { JSON_TEXT_FUNCTION, JSONB_KEY_FUNCTION } from "./json-text.ts"
import { assertBracketed, clockOf, unquoted } from "./fragments.ts"
import { NUMERIC_KEY_FUNCTION } from "./numeric-key.ts"
import { assertGrammar, assertInsert, refuseOperator } from "./operators.ts"
import { refuseFragment } from "./portable-functions.ts"
import { targetName } from "./compiler.ts"
import { readsTable, withSnapshot } from "./snapshots.ts"
import { isQueryNode, resultColumns, selectionName, selectionsOf } from "./scope.ts"

const NULL_TESTS: ReadonlySet<string> = new Set(["is", "is not"])
const EQUALITIES: ReadonlySet<string> = new Set(["=", "==", "!=", "<>"])
const PATTERNS: ReadonlySet<string> = new Set(["like", "not like", "ilike", "not ilike"])

/** Types with which PostgreSQL computes and SQLite does not. */
const COMPUTED_ELSEWHERE: ReadonlySet<string> = new Set(["date", "time", "timestamp", "timestamptz", "jsonb"])

/** Comparisons in which a numeric that is computed is compared by its key, as SQLite writes them. */
const KEYED: Readonly<Record<string, string>> = {
  "=": "=",
  "==": "=",
  "!=": "<>",
  "<>": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  "is distinct from": "is not",
  "is not distinct from": "is",
}

function isFloat(type: LogicalType | undefined): boolean {
  return type?.name === "float4" || type?.name === "float8"
}

function noOperator(left: LogicalType, operator: string, right: LogicalType): DatabaseError {
  const message = `operator does not exist: ${left.name} ${operator} ${right.name}`
  return new DatabaseError({ code: "42883", message })
}

/** Compiles what else means the same only when the types are known: comparing, ordering, JSON, texts put together. */
export abstract class TypedCompiler extends AgreementCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const operator = operatorOf(node.operator)
    const [left, right] = [this.typeOf(node.leftOperand), this.typeOf(rightOf(node))]
    if (isArithmetic(operator)) {
      const type = arithmeticType(left, right)
      if (type !== undefined) return this.visitArithmetic(node, type)
      this.#refuseArithmetic(operator, left, right)
    }
    refuseOperator(operator)
    assertGrammar(operator, node.rightOperand)
    if (operator === "||") return this.#visitConcatenation(node, left, right)
    if (EQUALITIES.has(operator) && (left ?? right)?.name === "jsonb" && (right ?? left)?.name === "jsonb") {
      return this.#visitJsonbEquality(node)
    }
    if (isComparison(operator)) this.#checkComparison(node, operator, left, right)
    if (this.comparesByKey(node, left, right)) return this.#visitByKey(node, operator)
    super.visitBinaryOperation(node)
  }

  /** Are these compared to their last digit: a numeric that is computed, and what is no float? */
  protected comparesByKey(
    { operator, leftOperand, rightOperand }: BinaryOperationNode,
    left: LogicalType | undefined,
    right: LogicalType | undefined,
  ): boolean {
    if (KEYED[operatorOf(operator)] === undefined || isFloat(left) || isFloat(right)) return false
    return this.isComputedNumeric(leftOperand, left) || this.isComputedNumeric(rightOperand, right)
  }

  #visitByKey({ leftOperand, rightOperand }: BinaryOperationNode, operator: string): void {
    this.#appendKey(leftOperand)
    this.append(` ${KEYED[operator]} `)
    this.#appendKey(rightOperand)
  }

  #appendKey(node: OperationNode): void {
    this.appendCall(NUMERIC_KEY_FUNCTION, [() => this.visitAsText(node)])
  }

  #visitJsonbEquality(node: BinaryOperationNode): void {
    this.appendCall(JSONB_KEY_FUNCTION, [() => this.visitNode(node.leftOperand)])
    this.append(" ")
    this.visitNode(node.operator)
    this.append(" ")
    this.appendCall(JSONB_KEY_FUNCTION, [() => this.visitNode(node.rightOperand)])
  }

  #checkComparison(
    node: BinaryOperationNode,
    operator: string,
    left: LogicalType | undefined,
    right: LogicalType | undefined,
  ): void {
    if (NULL_TESTS.has(operator)) return
    if (PATTERNS.has(operator)) {
      for (const type of [left, right]) {
        if (type === undefined || isText(type)) continue
        if (type.name === "bytea") throw notPortable(`${operator} of bytea`, "Compare it in JavaScript.")
        throw noOperator(type, "~~", { name: "text" })
      }
      return
    }
    const number: LogicalType = { name: "float8" }
    assertComparable(
      this.isComputedNumeric(node.leftOperand, left) ? number : left,
      this.isComputedNumeric(rightOf(node), right) ? number : right,
    )
  }

  #refuseArithmetic(operator: string, left: LogicalType | undefined, right: LogicalType | undefined): void {
    const types = [left, right].filter((type) => type !== undefined)
    const [first, second] = types
    if (
      first !== undefined &&
      second !== undefined &&
      !types.some(({ name }) => COMPUTED_ELSEWHERE.has(name))
    ) {
      throw noOperator(first, operator, second)
    }
    for (const type of types) {
      throw notPortable(`${operator} with ${type.name}`, "Compute it in JavaScript and pass the outcome.")
    }
  }

  /** PostgreSQL turns what is no text into one as it prints it; SQLite as it keeps it. */
  #visitConcatenation(
    node: BinaryOperationNode,
    left: LogicalType | undefined,
    right: LogicalType | undefined,
  ): void {
    const types = [left, right].filter((type) => type !== undefined)
    const [first, second] = types
    if (!types.some(isText) && first !== undefined) {
      if (types.every(({ name }) => name === "jsonb") || types.every(({ name }) => name === "bytea")) {
        throw notPortable("|| of jsonb or bytea", "Put them together in JavaScript.")
      }
      if (second !== undefined) throw noOperator(first, "||", second)
    }
    this.visitAsPrinted(node.leftOperand, left)
    this.append(" || ")
    this.visitAsPrinted(node.rightOperand, right)
  }

  protected override visitJSONReference(node: JSONReferenceNode): void {
    const { traversal, reference } = node
    if (traversal.kind !== "JSONOperatorChainNode" || traversal.operator.operator !== "->>") {
      return super.visitJSONReference(node)
    }
    this.append(`${JSON_TEXT_FUNCTION}(`)
    const operator = { ...traversal.operator, operator: "->" } as const
    super.visitJSONReference({ ...node, traversal: { ...traversal, operator } })
    this.append(`, '${this.typeOf(reference)?.name ?? "jsonb"}')`)
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    assertInsert(node)
    super.visitInsertQuery(node)
  }

  protected override visitRaw(node: RawNode): void {
    if (clockOf(node.sqlFragments.join("?")) === undefined)
      for (const fragment of node.sqlFragments) refuseFragment(unquoted(fragment))
    assertBracketed(node)
    super.visitRaw(node)
  }

  protected override visitFunction(node: FunctionNode): void {
    if (node.func.toLowerCase() !== "concat") return super.visitFunction(node)
    this.append("concat(")
    node.arguments.forEach((argument, index) => {
      if (index > 0) this.append(", ")
      const type = this.typeOf(argument)
      if (argument.kind === "ValueNode" && (argument as ValueNode).immediate !== true) {
        const message = "could not determine data type of a parameter of concat()"
        throw new DatabaseError({ code: "42P18", message })
      }
      if (type?.name === "boolean") throw notPortable("concat() of a boolean", "Use ||, or a CASE.")
      this.visitAsPrinted(argument, type)
    })
    this.append(")")
  }

  /** A value as the text that PostgreSQL prints for it. */
  protected visitAsPrinted(node: OperationNode, type: LogicalType | undefined): void {
    if (type === undefined || isText(type)) return this.visitNode(node)
    this.appendCast(() => this.visitAsText(node), this.textType(node, type), { name: "text" })
  }

  protected override visitJSONPath(_node: JSONPathNode): void {
    throw notPortable("A JSON path ($)", "Use ref(column, '->') or ref(column, '->>') with key() and at().")
  }

  protected override visitGroupByItem(node: GroupByItemNode): void {
    this.#visitOrdered(node.groupBy, "Grouping by")
  }

  protected override visitPartitionByItem(node: PartitionByItemNode): void {
    this.#visitOrdered(node.partitionBy, "Partitioning by")
  }

  /** What is ordered or told apart by: a numeric that is computed by a text that sorts as it does. */
  #visitOrdered(node: OperationNode, what: string): void {
    const type = this.typeOf(node)
    if (this.isComputedNumeric(node, type)) return this.#appendKey(node)
    assertOrdered(type, what)
    this.visitNode(node)
  }

  protected override visitOrderByItem(node: OrderByItemNode): void {
    this.#assertUnionOrdered(node)
    const named = this.#selectionNamed(node.orderBy)
    if (named === undefined) this.#visitOrdered(node.orderBy, "Ordering by")
    else if (this.isComputedNumeric(named, this.typeOf(named))) {
      this.#assertOnlySelection(node.orderBy)
      this.appendCall(NUMERIC_KEY_FUNCTION, [() => this.visitNode(node.orderBy)])
    } else {
      assertOrdered(this.typeOf(named), "Ordering by")
      this.visitNode(node.orderBy)
    }
    this.appendDirection(node)
  }

  /** In an expression SQLite takes a name for a column first, and PostgreSQL for a selection, where it stands alone. */
  #assertOnlySelection(node: OperationNode): void {
    const name = selectionName(node)
    if (name === undefined || this.scope?.ownSource(undefined, name) === undefined) return
    throw notPortable(
      `Ordering by the computed numeric ${name}, which is a column's name too`,
      "Give the selection another name.",
    )
  }

  /** SQLite orders a union by its columns as they come out, and computed numerics come out as texts. */
  #assertUnionOrdered({ orderBy }: OrderByItemNode): void {
    const query = this.nodeStack.at(-3)
    if (query?.kind !== "SelectQueryNode" || this.scope === undefined) return
    const union = query as SelectQueryNode
    if (union.setOperations === undefined) return
    const place = selectionsOf(union).findIndex(
      ({ selection }) => selectionName(selection) === selectionName(orderBy),
    )
    const selected = selectionsOf(union)[place]?.selection
    if (selected === undefined) return
    const type = this.types.resultType(union, place, this.scope.outer)
    const own = selected.kind === "AliasNode" ? (selected as AliasNode).node : selected
    if (type?.name !== "numeric" || (isExactNumeric(type) && !this.isComputedNumeric(own, type))) return
    throw notPortable("Ordering a union by a numeric", "Make the union a derived table, and order that.")
  }

  /** The selection that a bare name in ORDER BY means: PostgreSQL prefers it to a column. */
  #selectionNamed(node: OperationNode): OperationNode | undefined {
    if (node.kind !== "ReferenceNode" || (node as ReferenceNode).table !== undefined) return undefined
    const query = this.nodeStack.at(-3)
    if (query?.kind !== "SelectQueryNode") return undefined
    const name = selectionName(node)
    const found = selectionsOf(query).find(
      ({ selection }) => selection.kind === "AliasNode" && selectionName(selection) === name,
    )
    return found === undefined ? undefined : (found.selection as AliasNode).node
  }

  protected override visitSelectQuery(node: SelectQueryNode): void {
    if (node.frontModifiers?.some((each) => each.modifier === "Distinct") === true) this.#assertDistinct(node)
    if (node.setOperations !== undefined) this.#assertArms(node)
    super.visitSelectQuery(node)
  }

  /** Asking for the types of a union's columns refuses those whose arms cannot meet. */
  #assertArms(node: SelectQueryNode): void {
    const { scope } = this
    if (scope === undefined) return
    for (const place of (resultColumns(node, scope) ?? []).keys())
      this.types.resultType(node, place, scope.outer)
  }

  protected override visitUpdateQuery(node: UpdateQueryNode): void {
    super.visitUpdateQuery(withSnapshot(node))
  }

  /** PostgreSQL answers from the rows as they were; SQLite's answer hangs on how far it has come. */
  protected override visitReturning(node: ReturningNode): void {
    const query = this.parentNode
    const table = query === undefined ? undefined : targetName(query)
    if (table !== undefined && readsTable(node, table)) {
      throw notPortable("RETURNING a subquery of the changed table", "Ask for it in a statement of its own.")
    }
    super.visitReturning(node)
  }

  protected override visitSetOperation(node: SetOperationNode): void {
    if (!node.all) this.#assertDistinctArms()
    super.visitSetOperation(node)
  }

  /** Rows are told apart as what all the arms agree on. */
  #assertDistinctArms(): void {
    const { parentNode: whole, scope } = this
    if (whole?.kind !== "SelectQueryNode" || scope === undefined) return
    const query = whole as SelectQueryNode
    for (const place of (resultColumns(query, scope) ?? []).keys()) {
      assertOrdered(this.types.resultType(query, place, scope.outer), "Telling apart by")
    }
  }

  #assertDistinct(query: OperationNode): void {
    if (!isQueryNode(query)) return
    const scope = this.types.scopeOf(query, this.scope)
    for (const { selection } of selectionsOf(query)) {
      assertOrdered(this.types.of(selection, scope), "Telling apart by")
    }
  }
}
