import type { OperationNode, RawNode, ValueNode } from "kysely"
import { onlyChild } from "./fragments.ts"
import { isQueryNode, unwrapped, type QueryNode } from "./scope.ts"

/** What the helpers of `kysely/helpers/postgres` make of rows and values. */
export type JsonRows =
  /** `jsonArrayFrom` and `jsonObjectFrom`: all rows of a query, or the one row of it. */
  | { readonly shape: "array" | "object"; readonly query: QueryNode }
  /** `jsonBuildObject`: values under keys. */
  | { readonly shape: "entries"; readonly entries: readonly (readonly [key: string, value: OperationNode])[] }

const ARRAY = ["(select coalesce(json_agg(agg), '[]') from ", " as agg)"]
const OBJECT = ["(select to_json(obj) from ", " as obj)"]
const ENTRIES = ["json_build_object(", ")"]

function hasTexts({ sqlFragments }: RawNode, texts: readonly string[]): boolean {
  return sqlFragments.length === texts.length && sqlFragments.every((text, index) => text === texts[index])
}

/** The text of a literal, as `sql.lit` makes one. */
function literalText(node: OperationNode): string | undefined {
  if (node.kind === "RawNode") {
    const child = onlyChild(node as RawNode)
    return child === undefined ? undefined : literalText(child)
  }
  const { immediate, value } = node as ValueNode
  return node.kind === "ValueNode" && immediate === true && typeof value === "string" ? value : undefined
}

function isComma(node: OperationNode): boolean {
  return node.kind === "RawNode" && hasTexts(node as RawNode, [", "])
}

/** Keys and values as `sql.join` lists them, with commas between. */
function entriesOf(list: OperationNode | undefined): JsonRows | undefined {
  if (list?.kind !== "RawNode") return undefined
  const { parameters, sqlFragments } = list as RawNode
  const listed = parameters.filter((_, index) => index % 2 === 0)
  const separated = parameters.every((node, index) => index % 2 === 0 || isComma(node))
  if (!separated || listed.length % 2 !== 0 || sqlFragments.some((text) => text !== "")) return undefined
  const entries: [string, OperationNode][] = []
  for (let index = 0; index < listed.length; index += 2) {
    const [name, value] = listed.slice(index, index + 2)
    const key = name === undefined ? undefined : literalText(name)
    if (key === undefined || value === undefined) return undefined
    entries.push([key, value])
  }
  return { shape: "entries", entries }
}

/** What a fragment is of these helpers; undefined: it is none of theirs. */
export function jsonRowsOf(node: RawNode): JsonRows | undefined {
  if (hasTexts(node, ENTRIES)) return entriesOf(node.parameters[0])
  const shape = hasTexts(node, ARRAY) ? "array" : hasTexts(node, OBJECT) ? "object" : undefined
  const [parameter] = node.parameters
  if (shape === undefined || parameter === undefined) return undefined
  const query = unwrapped(parameter)
  return isQueryNode(query) ? { shape, query } : undefined
}
