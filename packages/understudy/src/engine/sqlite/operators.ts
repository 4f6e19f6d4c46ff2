import type {
  AndNode,
  BinaryOperationNode,
  InsertQueryNode,
  OperationNode,
  OperatorNode,
  OrNode,
  ValueListNode,
  ValueNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { notPortable } from "../not-portable.ts"

const IN_CODE = "Compute it in JavaScript."
const PATTERN = "Use like or ilike, or filter in JavaScript."
const DOCUMENT = "Take the text out with ->> and compare that."

/** Operators of PostgreSQL that SQLite has not, or has with another meaning, and what to write instead. */
const REFUSED: Readonly<Record<string, string>> = {
  "^": IN_CODE,
  "#": IN_CODE,
  "<<": IN_CODE,
  ">>": IN_CODE,
  "~": PATTERN,
  "~*": PATTERN,
  "!~": PATTERN,
  "!~*": PATTERN,
  "^@": PATTERN,
  "@@": PATTERN,
  "@@@": PATTERN,
  "@>": DOCUMENT,
  "<@": DOCUMENT,
  "?": DOCUMENT,
  "?&": DOCUMENT,
  "?|": DOCUMENT,
  "&&": IN_CODE,
  "<->": IN_CODE,
  "#>": "Use -> for each step.",
  "#>>": "Use -> for each step, and ->> for the last.",
  "similar to": PATTERN,
}

/** Operators of other databases, which PostgreSQL does not read. */
const FOREIGN: ReadonlySet<string> = new Set(["regexp", "match", "glob"])

/** Refuses by name an operator that PostgreSQL has and SQLite has not. */
export function refuseOperator(operator: string): void {
  const instead = REFUSED[operator]
  if (instead !== undefined) throw notPortable(`The operator ${operator}`, instead)
}

function isEmptyList(node: OperationNode): boolean {
  const list = node.kind === "ValueListNode" || node.kind === "PrimitiveValueListNode"
  return list && (node as ValueListNode).values.length === 0
}

function standsAfterIs(node: OperationNode): boolean {
  if (node.kind !== "ValueNode") return node.kind === "RawNode"
  const { immediate, value } = node as ValueNode
  return immediate === true && (value === null || typeof value === "boolean")
}

function syntaxError(near: string): DatabaseError {
  return new DatabaseError({ code: "42601", message: `syntax error at or near "${near}"` })
}

/** Throws 42601 for the forms of INSERT that other databases have and PostgreSQL has not. */
export function assertInsert({ orAction, replace }: InsertQueryNode): void {
  if (replace === true) throw syntaxError("replace")
  if (orAction !== undefined) throw syntaxError("or")
}

/** Throws 42601 for what SQLite takes and PostgreSQL's grammar does not: `in ()`, and `is` with anything but NULL and booleans. */
export function assertGrammar(operator: string, right: OperationNode): void {
  if (operator === "==") {
    throw new DatabaseError({ code: "42883", message: "operator does not exist: ==" })
  }
  const isWord = operator === "is" || operator === "is not"
  const refused = isWord ? !standsAfterIs(right) : FOREIGN.has(operator) || isEmptyList(right)
  if (refused) throw syntaxError(operator)
}

/** `between symmetric`, which SQLite has not, as the two `between` that PostgreSQL makes of it. */
export function eitherWay(node: BinaryOperationNode): OrNode {
  const operator: OperatorNode = { kind: "OperatorNode", operator: "between" }
  const ends = node.rightOperand as AndNode
  const swapped: AndNode = { kind: "AndNode", left: ends.right, right: ends.left }
  const between: BinaryOperationNode = { ...node, operator }
  const inverse: BinaryOperationNode = { ...node, operator, rightOperand: swapped }
  return { kind: "OrNode", left: between, right: inverse }
}
