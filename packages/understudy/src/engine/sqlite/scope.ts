import type {
  AliasNode,
  CommonTableExpressionNode,
  DeleteQueryNode,
  IdentifierNode,
  InsertQueryNode,
  OperationNode,
  ParensNode,
  ReferenceNode,
  SelectionNode,
  SelectQueryNode,
  TableNode,
  UpdateQueryNode,
  WithNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import type { LogicalType } from "../logical-type.ts"
import type { Schema } from "./schema.ts"

/** A node that has names of its own. */
export type QueryNode = SelectQueryNode | InsertQueryNode | UpdateQueryNode | DeleteQueryNode

/** Does this node have names of its own? */
export function isQueryNode(node: OperationNode): node is QueryNode {
  const { kind } = node
  return (
    kind === "SelectQueryNode" ||
    kind === "InsertQueryNode" ||
    kind === "UpdateQueryNode" ||
    kind === "DeleteQueryNode"
  )
}

/** A column that was found; its type may still be unknown. */
export interface FoundColumn {
  readonly name: string
  readonly type: LogicalType | undefined
}

/** What scopes need to know of types. */
export interface ScopeTypes {
  readonly schema: Schema
  /** The type of one result column of a query, by its place; all arms of a union considered. */
  resultType(query: QueryNode, place: number, outer: Scope | undefined): LogicalType | undefined
  scopeOf(query: QueryNode, outer: Scope | undefined): Scope
}

/** What stands in a FROM: a table, or a query with the scope in which it stands. */
type Source =
  | { readonly table: string }
  | { readonly query: QueryNode; readonly outer: Scope | undefined; readonly names?: readonly string[] }
  | { readonly opaque: true }

/** The names that a query gives to what it reads, and those of the queries around it. */
export class Scope {
  readonly outer: Scope | undefined
  readonly #types: ScopeTypes
  readonly #sources = new Map<string, Source>()
  readonly #expressions = new Map<string, Source>()
  /** An upsert's `excluded`, which only a qualified name reaches. */
  #excluded: Source | undefined

  constructor(types: ScopeTypes, query: QueryNode, outer: Scope | undefined) {
    this.#types = types
    this.outer = outer
    this.#addExpressions(query.with)
    for (const node of sourceNodes(query)) this.#add(node)
    if (query.kind === "InsertQueryNode") this.#excluded = [...this.#sources.values()][0]
  }

  #addExpressions(node: WithNode | undefined): void {
    for (const each of node?.expressions ?? []) {
      const { name, expression } = each as CommonTableExpressionNode
      const names = name.columns?.map((column) => column.column.name)
      const body = unwrapped(expression as OperationNode)
      const source: Source = isQueryNode(body)
        ? { query: body, outer: this, ...(names === undefined ? {} : { names }) }
        : { opaque: true }
      this.#expressions.set(name.table.table.identifier.name, source)
    }
  }

  #add(node: OperationNode): void {
    if (node.kind === "TableNode") {
      const { identifier, schema } = (node as TableNode).table
      return this.#name(identifier.name, this.#named(identifier.name, schema !== undefined))
    }
    if (node.kind !== "AliasNode") return
    const { alias, node: aliased } = node as AliasNode
    if (alias.kind !== "IdentifierNode") return
    this.#name((alias as IdentifierNode).name, this.#sourceOf(unwrapped(aliased)))
  }

  #name(name: string, source: Source): void {
    if (this.#sources.has(name)) {
      throw new DatabaseError({ code: "42712", message: `table name "${name}" specified more than once` })
    }
    this.#sources.set(name, source)
  }

  #sourceOf(node: OperationNode): Source {
    if (node.kind === "TableNode") {
      const { identifier, schema } = (node as TableNode).table
      return this.#named(identifier.name, schema !== undefined)
    }
    // A derived table sees the queries around this one, and not its neighbours; a valid one names none of these.
    return isQueryNode(node) ? { query: node, outer: this } : { opaque: true }
  }

  #named(name: string, qualified: boolean): Source {
    return (qualified ? undefined : this.#expression(name)) ?? { table: name }
  }

  #expression(name: string): Source | undefined {
    const own = this.#expressions.get(name)
    return own === undefined && this.outer !== undefined ? this.outer.#expression(name) : own
  }

  /** The column that a name means here; undefined where no source has it. */
  find(source: string | undefined, column: string): FoundColumn | undefined {
    if (source !== undefined) {
      const own = this.#sources.get(source) ?? (source === "excluded" ? this.#excluded : undefined)
      return own === undefined ? this.outer?.find(source, column) : this.#columnOf(own, column)
    }
    for (const each of this.#sources.values()) {
      const found = this.#columnOf(each, column)
      if (found !== undefined) return found
    }
    return this.outer?.find(undefined, column)
  }

  /** The source of this query itself that a column belongs to; undefined where none is known to have it. */
  ownSource(source: string | undefined, column: string): string | undefined {
    if (source !== undefined) return this.#sources.has(source) ? source : undefined
    const found = [...this.#sources].find(([, each]) => this.#columnOf(each, column) !== undefined)
    return found?.[0]
  }

  /** The primary key of a table that is a source of this query; empty for all else. */
  keyOf(source: string): readonly string[] {
    const found = this.#sources.get(source)
    if (found === undefined || !("table" in found)) return []
    const columns = [...this.#types.schema.columns(found.table).values()]
    return columns.filter(({ keyPosition }) => keyPosition > 0).map(({ name }) => name)
  }

  /**
   * Throws where a name means nothing here (42703, 42P01) or more than one thing (42702): SQLite takes aliases, rowid,
   * and names in another case for columns. Nothing is said where a source's columns are not known.
   */
  assertNames(source: string | undefined, column: string): void {
    if (source === undefined) return this.#assertColumn(column)
    const own = this.#sources.get(source) ?? (source === "excluded" ? this.#excluded : undefined)
    if (own === undefined) {
      if (this.outer !== undefined) return this.outer.assertNames(source, column)
      const message = `missing FROM-clause entry for table "${source}"`
      throw new DatabaseError({ code: "42P01", message })
    }
    if (this.#has(own, column) === false) throw noColumn(`${source}.${column}`)
  }

  #assertColumn(column: string): void {
    const having = [...this.#sources.values()].map((each) => this.#has(each, column))
    if (having.filter((has) => has === true).length > 1) {
      throw new DatabaseError({ code: "42702", message: `column reference "${column}" is ambiguous` })
    }
    if (having.some((has) => has !== false)) return
    if (this.outer === undefined) throw noColumn(column)
    this.outer.assertNames(undefined, column)
  }

  /** Undefined where it is not known. */
  #has(source: Source, column: string): boolean | undefined {
    const columns = this.#columnsOf(source)
    if (columns === undefined || columns.length === 0) return undefined
    return columns.some(({ name }) => name === column)
  }

  /** The columns that `*`, or `source.*`, stands for; undefined where nothing tells. */
  columns(source: string | undefined): readonly FoundColumn[] | undefined {
    const sources = source === undefined ? [...this.#sources.values()] : [this.#sources.get(source)]
    const columns: FoundColumn[] = []
    for (const each of sources) {
      const some = each === undefined ? undefined : this.#columnsOf(each)
      if (some === undefined) return undefined
      columns.push(...some)
    }
    return columns
  }

  #columnOf(source: Source, name: string): FoundColumn | undefined {
    if ("table" in source) return this.#types.schema.columns(source.table).get(name)
    return this.#columnsOf(source)?.find((column) => column.name === name)
  }

  #columnsOf(source: Source): readonly FoundColumn[] | undefined {
    if ("opaque" in source) return undefined
    if ("table" in source) return [...this.#types.schema.columns(source.table).values()]
    const { query, outer, names } = source
    const types = this.#types
    const columns = resultColumns(query, types.scopeOf(query, outer))
    return columns?.map((column, place) => ({
      name: names?.[place] ?? column.name,
      // Told only when asked for: a recursive query asks for its own columns.
      get type() {
        return types.resultType(query, place, outer)
      },
    }))
  }
}

function noColumn(name: string): DatabaseError {
  return new DatabaseError({ code: "42703", message: `column "${name}" does not exist` })
}

/** A node without the brackets around it. */
export function unwrapped(node: OperationNode): OperationNode {
  return node.kind === "ParensNode" ? unwrapped((node as ParensNode).node) : node
}

function sourceNodes(query: QueryNode): readonly OperationNode[] {
  switch (query.kind) {
    case "SelectQueryNode":
      return [...(query.from?.froms ?? []), ...joined(query)]
    case "InsertQueryNode":
      return query.into === undefined ? [] : [query.into]
    case "UpdateQueryNode":
      return [
        ...(query.table === undefined ? [] : [query.table]),
        ...(query.from?.froms ?? []),
        ...joined(query),
      ]
    case "DeleteQueryNode":
      return [...query.from.froms, ...(query.using?.tables ?? []), ...joined(query)]
    default:
      return query satisfies never
  }
}

function joined(query: Exclude<QueryNode, InsertQueryNode>): readonly OperationNode[] {
  return query.joins?.map((join) => join.table) ?? []
}

/** What a query gives back, by its tree. */
export function selectionsOf(query: OperationNode): readonly SelectionNode[] {
  if (!isQueryNode(query)) return []
  return (query.kind === "SelectQueryNode" ? query.selections : query.returning?.selections) ?? []
}

/** A result column: an expression, or a column that a `*` stands for. */
export interface ResultColumn {
  readonly name: string
  readonly expression?: OperationNode
  readonly type?: LogicalType | undefined
}

/** The result columns of a query, each `*` spread out; undefined where nothing tells how wide one is. */
export function resultColumns(query: QueryNode, scope: Scope): readonly ResultColumn[] | undefined {
  const columns: ResultColumn[] = []
  for (const { selection } of selectionsOf(query)) {
    const star = starSource(selection)
    if (star === undefined) {
      columns.push({ name: selectionName(selection) ?? "", expression: selection })
      continue
    }
    const some = scope.columns(star.table)
    if (some === undefined) return undefined
    columns.push(...some)
  }
  return columns
}

/** Of `*` and `table.*`, the table; undefined: the selection is no star. */
export function starSource(node: OperationNode): { table: string | undefined } | undefined {
  if (node.kind === "SelectAllNode") return { table: undefined }
  if (node.kind !== "ReferenceNode") return undefined
  const { table, column } = node as ReferenceNode
  return column.kind === "SelectAllNode" ? { table: table?.table.identifier.name } : undefined
}

/** The name under which a selection comes out. */
export function selectionName(node: OperationNode): string | undefined {
  if (node.kind === "AliasNode") {
    const { alias } = node as AliasNode
    return alias.kind === "IdentifierNode" ? (alias as IdentifierNode).name : undefined
  }
  if (node.kind !== "ReferenceNode") return undefined
  const { column } = node as ReferenceNode
  return column.kind === "ColumnNode" ? column.column.name : undefined
}
