import { FunctionNode, type OperationNode, RawNode, ValueNode } from "kysely"
import type { TypeName } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"

/** Texts, quoted names and comments of a fragment, in which nothing counts. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g

/** A fragment without what is quoted in it; what stands within quotes is gone, the first of them stays. */
export function unquoted(fragment: string): string {
  return fragment.replaceAll(QUOTED, (quoted) => (quoted.startsWith("'") ? "'" : ""))
}

/** What a fragment asks of nobody but the engine: the time, chance. */
interface Clock {
  readonly type: TypeName
  readonly sql: string
}

const MOMENT: Clock = { type: "timestamptz", sql: "now()" }
/** A call that only has its name in common with SQLite's. */
const RANDOM: Clock = { type: "float8", sql: "understudy_random()" }

/** SQLite's own of these names tell the time of the statement, in another form. */
const CLOCKS: Readonly<Record<string, Clock>> = {
  "now()": MOMENT,
  "transaction_timestamp()": MOMENT,
  "clock_timestamp()": { type: "timestamptz", sql: "clock_timestamp()" },
  "statement_timestamp()": { type: "timestamptz", sql: "statement_timestamp()" },
  "random()": RANDOM,
  current_timestamp: MOMENT,
  localtimestamp: { type: "timestamp", sql: "substr(now(), 1, 26)" },
  current_date: { type: "date", sql: "substr(now(), 1, 10)" },
}

/** What a whole fragment asks of the engine; undefined: it is something else. */
export function clockOf(fragment: string): Clock | undefined {
  return CLOCKS[fragment.trim().toLowerCase()]
}

/** The one node that a fragment consists of, as `sql.ref` and `sql.val` make one; undefined: there is more to it. */
export function onlyChild({ sqlFragments, parameters }: RawNode): OperationNode | undefined {
  return parameters.length === 1 && sqlFragments.every((text) => text === "") ? parameters[0] : undefined
}

const QUOTED_OR_CLOCK = new RegExp(
  `${QUOTED.source}|\\b(?:current_timestamp|current_date|localtimestamp)\\b(?!\\s*\\()`,
  "gi",
)

/** A fragment in which the words that ask for the time ask Understudy: SQLite's own tell another one, in another form. */
export function withClocks(fragment: string): string {
  return fragment.replaceAll(QUOTED_OR_CLOCK, (found) => clockOf(found)?.sql ?? found)
}

const CALLS = new WeakMap<RawNode, FunctionNode | undefined>()

/** With the fragments in it that are mere text, as `sql.raw` makes them, made part of its own. */
function flattened({ sqlFragments, parameters }: RawNode): Pick<RawNode, "sqlFragments" | "parameters"> {
  const texts = [sqlFragments[0] ?? ""]
  const left = parameters.filter((each, index) => {
    const next = sqlFragments[index + 1] ?? ""
    const isText = RawNode.is(each) && each.parameters.length === 0
    if (isText) texts.push(`${texts.pop() ?? ""}${each.sqlFragments.join("")}${next}`)
    else texts.push(next)
    return !isText
  })
  return { sqlFragments: texts, parameters: left }
}

function toCall(node: RawNode): FunctionNode | undefined {
  // The value, too, may be a fragment.
  return callOf(node) ?? callOf(flattened(node))
}

function callOf({ sqlFragments, parameters }: ReturnType<typeof flattened>): FunctionNode | undefined {
  const [head = "", tail = ""] = sqlFragments
  const unit = /^\s*extract\s*\(\s*(?:'(\w+)'|(\w+))\s+from\s*$/i.exec(head)
  const [value] = parameters
  if (unit === null || value === undefined || parameters.length > 1 || !/^\s*\)\s*$/.test(tail))
    return undefined
  return FunctionNode.create("extract", [ValueNode.createImmediate(unit[1] ?? unit[2]), value])
}

/** A fragment ``sql`extract(year from ${ref})` `` as the call that it is; undefined: it is something else. */
export function extractCall(node: RawNode): FunctionNode | undefined {
  // The same node each time: types and marks are kept by node.
  if (!CALLS.has(node)) CALLS.set(node, toCall(node))
  return CALLS.get(node)
}

const TERMS = /[-+*/%^|&<>=~#]|\b(?:and|or|not|is|in|like|ilike|between)\b/i
/** What is whole whatever stands in it: brackets, a CASE, a number, a sign in front. */
const WHOLE = /\([^()]*\)|\bcase\b.*\bend\b|\b\d[\d.]*(?:e[-+]?\d+)?|^\s*-/gis

/** Does a fragment hold an operator outside brackets, so that what stands beside it takes a part of it away? */
function isLoose({ sqlFragments }: RawNode): boolean {
  let text = sqlFragments.map(unquoted).join("x")
  for (let before = ""; before !== text;) {
    before = text
    text = text.replaceAll(WHOLE, "x")
  }
  return TERMS.test(text)
}

function refuseLoose(): never {
  throw notPortable(
    "An operation without brackets beside a fragment's operator",
    "Write brackets around it: (…).",
  )
}

/** Refuses a fragment of several terms as an operand: PostgreSQL goes by its text, what is computed here by the tree. */
export function assertWhole(node: OperationNode): void {
  if (node.kind === "RawNode" && isLoose(node as RawNode)) refuseLoose()
}

/** Refuses an operation of the builder in a fragment that has an operator beside it. */
export function assertBracketed({ sqlFragments, parameters }: RawNode): void {
  parameters.forEach((parameter, index) => {
    if (parameter.kind !== "BinaryOperationNode") return
    const [before = "", after = ""] = sqlFragments.slice(index, index + 2)
    if (/[-+*/%^|]\s*$/.test(before) || /^\s*[-+*/%^|]/.test(after)) refuseLoose()
  })
}
