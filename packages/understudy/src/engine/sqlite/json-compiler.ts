import type { OperationNode, RawNode, ValueNode } from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import type { LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { typeText } from "./casts.ts"
import { FunctionCompiler } from "./function-compiler.ts"
import { jsonRowsOf, type JsonRows } from "./json-rows.ts"
import { JSON_ARRAY_FUNCTION, JSON_OBJECT_FUNCTION } from "./json-values.ts"
import { resultColumns, type QueryNode } from "./scope.ts"
import { quoteText } from "./sql-tokens.ts"

/** SQLite takes 1,000 arguments of a function: a key, its type and its value are three. */
const MOST_ENTRIES = 333

/** One entry of an object: its key, the type of its value, and what appends the value. */
interface Entry {
  readonly key: string
  readonly type: LogicalType | undefined
  readonly append: () => void
}

/** Compiles rows within rows, as the helpers for PostgreSQL that come with Kysely write them. */
export abstract class JsonCompiler extends FunctionCompiler {
  protected override visitRaw(node: RawNode): void {
    const rows = jsonRowsOf(node)
    if (rows === undefined) return super.visitRaw(node)
    if (rows.shape === "entries") this.#appendObject(rows.entries.map((entry) => this.#entryOf(...entry)))
    else this.#visitRows(rows)
  }

  #entryOf(key: string, value: OperationNode): Entry {
    if (value.kind === "ValueNode" && (value as ValueNode).immediate !== true) {
      const message = "could not determine data type of a parameter of json_build_object()"
      throw new DatabaseError({ code: "42P18", message })
    }
    const type = this.typeOf(value)
    const computed = this.isComputedNumeric(value, type)
    return { key, type, append: () => (computed ? this.visitAsText(value) : this.visitNode(value)) }
  }

  #visitRows({ shape, query }: Exclude<JsonRows, { shape: "entries" }>): void {
    this.append("(select ")
    if (shape === "array") this.append(`${JSON_ARRAY_FUNCTION}(`)
    this.#appendObject(this.#columnsOf(query))
    this.append(shape === "array" ? ") from " : " from ")
    this.visitNode(query)
    this.append(" as obj)")
  }

  #columnsOf(query: QueryNode): readonly Entry[] {
    const { scope, types } = this
    const columns = resultColumns(query, types.scopeOf(query, scope))
    if (columns === undefined)
      throw notPortable("JSON of columns that nothing names", "Select the columns by their names.")
    const names = new Set(columns.map(({ name }) => name))
    if (names.size < columns.length) {
      throw notPortable("JSON of two columns of one name", "Give one of them an alias.")
    }
    return columns.map(({ name }, place) => ({
      key: name,
      type: types.resultType(query, place, scope),
      append: () => {
        this.append("obj.")
        this.visitNode({ kind: "IdentifierNode", name } as OperationNode)
      },
    }))
  }

  #appendObject(entries: readonly Entry[]): void {
    if (entries.length > MOST_ENTRIES) {
      throw notPortable(`JSON of more than ${MOST_ENTRIES} columns`, "Select fewer columns.")
    }
    this.appendCall(
      JSON_OBJECT_FUNCTION,
      entries.flatMap(({ key, type, append }) => [
        () => this.append(quoteText(key)),
        () => this.append(quoteText(type === undefined ? "" : typeText(type))),
        append,
      ]),
    )
  }
}
