import type {
  BinaryOperationNode,
  FunctionNode,
  InsertQueryNode,
  JSONPathNode,
  JSONReferenceNode,
  OperationNode,
  RawNode,
  ReturningNode,
  UpdateQueryNode,
  ValueNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import type { LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { isArithmetic } from "./arithmetic.ts"
import { isText } from "./casts.ts"
import { arithmeticType, isFloat } from "./common-type.ts"
import { assertComparable } from "./comparable.ts"
import { AgreementCompiler } from "./agreement-compiler.ts"
import { isComparison, operatorOf, rightOf } from "./expression-type.ts"
import { JSON_TEXT_FUNCTION, JSONB_KEY_FUNCTION } from "./json-text.ts"
import { assertBracketed, clockOf, unquoted } from "./fragments.ts"
import { NUMERIC_KEY_FUNCTION } from "./numeric-key.ts"
import { assertGrammar, assertInsert, refuseOperator } from "./operators.ts"
import { refuseFragment } from "./portable-functions.ts"
import { targetName } from "./compiler.ts"
import { readsTable, withSnapshot } from "./snapshots.ts"

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
    const hasFloat = [left, right].some((type) => type !== undefined && isFloat(type))
    if (KEYED[operatorOf(operator)] === undefined || hasFloat) return false
    return this.isComputedNumeric(leftOperand, left) || this.isComputedNumeric(rightOperand, right)
  }

  #visitByKey({ leftOperand, rightOperand }: BinaryOperationNode, operator: string): void {
    this.appendKey(leftOperand)
    this.append(` ${KEYED[operator]} `)
    this.appendKey(rightOperand)
  }

  /** Appends the text by which a numeric is compared. */
  protected appendKey(node: OperationNode): void {
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
}
