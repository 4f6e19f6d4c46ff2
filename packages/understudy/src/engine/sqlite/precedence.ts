import type {
  BinaryOperationNode,
  JSONReferenceNode,
  OperationNode,
  OperatorNode,
  ParensNode,
  UnaryOperationNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { notPortable } from "../not-portable.ts"

/** How tightly PostgreSQL's operators bind; all others bind as `||` does. */
const TIGHTNESS: Readonly<Record<string, number>> = {
  "^": 6,
  "*": 5,
  "/": 5,
  "%": 5,
  "+": 4,
  "-": 4,
}
const OTHERS = 3
const LIKE = 2
const COMPARISON = 1
const IS = 0

/** Two of these side by side are a syntax error. */
const MATCHES: ReadonlySet<string> = new Set([
  "in",
  "not in",
  "like",
  "not like",
  "ilike",
  "not ilike",
  "between",
  "between symmetric",
])
const COMPARISONS: ReadonlySet<string> = new Set(["=", "!=", "<>", "<", "<=", ">", ">="])

function tightness(operator: string): number {
  if (operator.startsWith("is")) return IS
  if (MATCHES.has(operator)) return LIKE
  return COMPARISONS.has(operator) ? COMPARISON : (TIGHTNESS[operator] ?? OTHERS)
}

/** An operation without brackets, as its text has it: operands, and the operators between them. */
interface Chain {
  readonly operands: OperationNode[]
  readonly operators: OperatorNode[]
}

function operatorOf(node: OperationNode): string {
  const { operator } = node as BinaryOperationNode
  return operator.kind === "OperatorNode" ? (operator as OperatorNode).operator : ""
}

function chainOf(node: OperationNode): Chain {
  if (node.kind === "UnaryOperationNode" && operatorOf(node) === "-") {
    const unary = node as UnaryOperationNode
    const { operands, operators } = chainOf(unary.operand)
    const [first = unary.operand, ...rest] = operands
    // A sign binds more tightly than any operator.
    return { operands: [{ ...unary, operand: first } as OperationNode, ...rest], operators }
  }
  if (node.kind !== "BinaryOperationNode" || operatorOf(node) === "") {
    return { operands: [node], operators: [] }
  }
  const { leftOperand, operator, rightOperand } = node as BinaryOperationNode
  const [left, right] = [chainOf(leftOperand), chainOf(rightOperand)]
  return {
    operands: [...left.operands, ...right.operands],
    operators: [...left.operators, operator as OperatorNode, ...right.operators],
  }
}

function bracketed(node: OperationNode): OperationNode {
  return node.kind === "BinaryOperationNode" ? ({ kind: "ParensNode", node } as ParensNode) : node
}

/** Reads a chain from a place on, as far as its operators bind at least so tightly; gives the place where it ended. */
function readChain(chain: Chain, from: number, least: number): [OperationNode, number] {
  const { operands, operators } = chain
  let left = operands[from] as OperationNode
  let place = from
  let before: number | undefined
  for (;;) {
    const operator = operators[place]
    const tight = operator === undefined ? -1 : tightness(operator.operator)
    if (operator === undefined || tight < least) return [left, place]
    if (tight === before && tight <= LIKE) {
      throw new DatabaseError({ code: "42601", message: `syntax error at or near "${operator.operator}"` })
    }
    const word = operator.operator === "is" || operator.operator === "is not"
    const [right, end] = word
      ? [operands[place + 1] as OperationNode, place + 1]
      : readChain(chain, place + 1, tight + 1)
    const operation = {
      kind: "BinaryOperationNode",
      leftOperand: bracketed(left),
      operator,
      rightOperand: bracketed(right),
    }
    left = operation as BinaryOperationNode
    place = end
    before = word ? undefined : tight
  }
}

/** `->` and `->>` are operators too, and so is what stands around a traversal without brackets. */
function isTraversal(node: OperationNode | undefined): boolean {
  if (node?.kind === "UnaryOperationNode") return isTraversal((node as UnaryOperationNode).operand)
  return (
    node?.kind === "JSONReferenceNode" &&
    (node as JSONReferenceNode).traversal.kind === "JSONOperatorChainNode"
  )
}

/** PostgreSQL would take away a part of the traversal: `a || doc->>'b'` is `(a || doc)->>'b'`. */
function assertTraversals({ operands, operators }: Chain): void {
  operands.forEach((operand, place) => {
    if (!isTraversal(operand)) return
    const [before, after] = [operators[place - 1], operators[place]]
    const isSigned = operand.kind === "UnaryOperationNode"
    const taken = before !== undefined && tightness(before.operator) >= OTHERS
    if (!isSigned && !taken && (after === undefined || tightness(after.operator) <= OTHERS)) return
    const beside = (isSigned ? undefined : taken ? before : after)?.operator ?? "-"
    throw notPortable(
      `A part of JSON beside ${beside}, without brackets`,
      "Put it in brackets: eb.parens(…).",
    )
  })
}

/**
 * An operation grouped as PostgreSQL reads its text: Kysely writes no brackets around an operation within another, so
 * that `eb(eb("a", "+", 1), "*", 2)` is `a + 1 * 2`.
 *
 * @throws DatabaseError 42601 for comparisons side by side.
 * @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE`
 */
export function asRead(node: OperationNode): OperationNode {
  const chain = chainOf(node)
  assertTraversals(chain)
  return chain.operators.length < 2 && node.kind === "BinaryOperationNode" ? node : readChain(chain, 0, 0)[0]
}
