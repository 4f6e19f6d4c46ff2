import type {
  AliasNode,
  BinaryOperationNode,
  FetchNode,
  FromNode,
  IdentifierNode,
  InsertQueryNode,
  JSONOperatorChainNode,
  OffsetNode,
  OnConflictNode,
  OperationNode,
  OperatorNode,
  OrderByItemNode,
  RawNode,
  ReferenceNode,
  SelectModifierNode,
  SelectQueryNode,
  SetOperationNode,
  TableNode,
  UpdateQueryNode,
  ValueListNode,
} from "kysely"
import { notPortable } from "../not-portable.ts"
import type { LogicalType } from "../logical-type.ts"
import type { Schema } from "./schema.ts"
import { clockOf, unquoted, withClocks } from "./fragments.ts"
import { changedTable, isDefault, withoutDefaults, withoutGenerated } from "./generated-columns.ts"
import { assertSetOperation } from "./set-operations.ts"
import { jsonRowsOf } from "./json-rows.ts"
import { eitherWay } from "./operators.ts"
import { RefusingCompiler } from "./refusing-compiler.ts"
import { isRawComment, refuseRawTable } from "./raw-ddl.ts"

const LOCKING: ReadonlySet<string> = new Set([
  "ForUpdate",
  "ForNoKeyUpdate",
  "ForShare",
  "ForKeyShare",
  "NoWait",
  "SkipLocked",
])

/** The name of the table that a query changes, as the query calls it. */
export function targetName(query: OperationNode): string | undefined {
  const { into, table, from } = query as { into?: OperationNode; table?: OperationNode; from?: FromNode }
  const target = into ?? table ?? from?.froms[0]
  if (target?.kind === "TableNode") return (target as TableNode).table.identifier.name
  const alias = target?.kind === "AliasNode" ? (target as AliasNode).alias : undefined
  return alias?.kind === "IdentifierNode" ? (alias as IdentifierNode).name : undefined
}

/** Compiles trees that were written for PostgreSQL into SQLite's SQL with the same meaning. */
export class SqliteCompiler extends RefusingCompiler {
  protected readonly schema: Schema
  #insert: InsertQueryNode | undefined

  constructor(schema: Schema) {
    super()
    this.schema = schema
  }

  /** SQLite has one writer, so a row that a write session read cannot change under it: locking says nothing more. */
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== undefined && LOCKING.has(node.modifier)) return
    super.visitSelectModifier(node)
  }

  protected override visitOrderByItem(node: OrderByItemNode): void {
    this.visitNode(node.orderBy)
    this.appendDirection(node)
  }

  /** PostgreSQL takes NULL for larger than every value, SQLite for smaller. */
  protected appendDirection(node: OrderByItemNode): void {
    if (node.collation !== undefined) {
      this.append(" ")
      this.visitNode(node.collation)
    }
    const direction =
      node.direction?.kind === "RawNode" ? (node.direction as RawNode).sqlFragments.join("") : "asc"
    if (node.direction !== undefined) {
      this.append(" ")
      this.visitNode(node.direction)
    }
    this.append(` nulls ${node.nulls ?? (/desc/i.test(direction) ? "first" : "last")}`)
  }

  /** SQLite has no OFFSET alone. */
  protected override visitOffset(node: OffsetNode): void {
    const query = this.parentNode as SelectQueryNode | undefined
    // FETCH, which PostgreSQL has behind it, is LIMIT, which SQLite has before it.
    if (query?.fetch !== undefined) return
    if (query?.kind === "SelectQueryNode" && query.limit === undefined) this.append("limit -1 ")
    super.visitOffset(node)
  }

  protected override visitFetch(node: FetchNode): void {
    if (node.modifier === "with ties") {
      throw notPortable("FETCH … WITH TIES", "Use rank() over (order by …) and filter on it.")
    }
    this.append("limit ")
    this.visitNode(node.rowCount)
    const { offset } = this.parentNode as SelectQueryNode
    if (offset === undefined) return
    this.append(" offset ")
    this.visitNode(offset.offset)
  }

  /** SQLite takes no brackets around an arm. */
  protected override visitSetOperation(node: SetOperationNode): void {
    assertSetOperation(node, this.parentNode as SelectQueryNode)
    if (node.expression.kind !== "ParensNode") return super.visitSetOperation(node)
    this.append(`${node.operator} ${node.all ? "all " : ""}select * from `)
    this.visitNode(node.expression)
  }

  protected override visitOnConflict(node: OnConflictNode): void {
    if (node.constraint !== undefined) {
      throw notPortable("ON CONFLICT ON CONSTRAINT", "Name the constraint's columns: oc.columns([…]).")
    }
    super.visitOnConflict(this.#withoutDefaults(node, this.parentNode))
  }

  /** SQLite knows only the target in RETURNING, and not by its alias. */
  protected override visitReference(node: ReferenceNode): void {
    const query = node.table === undefined ? undefined : this.#returning()
    if (query === undefined) return super.visitReference(node)
    const name = node.table?.table.identifier.name
    if (name !== targetName(query)) {
      throw notPortable(
        `RETURNING a column of ${name}`,
        "Select it by itself, or return columns of the changed table alone.",
      )
    }
    this.visitNode(node.column)
  }

  /** The query whose RETURNING is being compiled; undefined inside a query of its own there. */
  #returning(): OperationNode | undefined {
    const place = this.nodeStack.findLastIndex((node) => node.kind === "ReturningNode")
    const inside =
      place !== -1 && !this.nodeStack.slice(place).some((node) => node.kind === "SelectQueryNode")
    return inside ? this.nodeStack[place - 1] : undefined
  }

  /** A key that begins with a dollar sign or a bracket would be a path to SQLite, and an empty one a mistake. */
  protected override visitJSONOperatorChain(node: JSONOperatorChainNode): void {
    const values = node.values.map((each) =>
      typeof each.value === "string" && /^[$[]|^$/.test(each.value)
        ? { ...each, value: `$.${JSON.stringify(each.value)}` }
        : each,
    )
    super.visitJSONOperatorChain({ ...node, values })
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const operator = node.operator.kind === "OperatorNode" ? (node.operator as OperatorNode).operator : ""
    switch (operator) {
      case "like":
      case "not like":
        super.visitBinaryOperation(node)
        // PostgreSQL escapes with a backslash unless told otherwise; SQLite has no escape of its own.
        this.append(" escape '\\'")
        break
      case "ilike":
      case "not ilike":
        this.#appendLower(node.leftOperand)
        this.append(operator === "ilike" ? " like " : " not like ")
        this.#appendLower(node.rightOperand)
        this.append(" escape '\\'")
        break
      case "between symmetric":
        this.append("(")
        this.visitNode(eitherWay(node))
        this.append(")")
        break
      case "is distinct from":
        this.#appendOperation(node, " is not ")
        break
      case "is not distinct from":
        this.#appendOperation(node, " is ")
        break
      default:
        super.visitBinaryOperation(node)
    }
  }

  /** Under PostgreSQL's collation "C" only ASCII letters have a case, which is what SQLite's lower() knows. */
  #appendLower(node: OperationNode): void {
    this.append("lower(")
    this.visitNode(node)
    this.append(")")
  }

  #appendOperation(node: BinaryOperationNode, operator: string): void {
    this.visitNode(node.leftOperand)
    this.append(operator)
    this.visitNode(node.rightOperand)
  }

  protected override visitRaw(node: RawNode): void {
    if (this.parentNode === undefined) {
      const [first = ""] = node.sqlFragments
      refuseRawTable(first)
      if (isRawComment(first)) return this.append("select 1 limit 0")
    }
    if (node.sqlFragments.some((fragment) => unquoted(fragment).includes("::"))) {
      throw notPortable("A ::type cast", "Write cast(… as type).")
    }
    if (this.nodeStack[0]?.kind === "CreateViewNode" && jsonRowsOf(node) !== undefined) {
      throw notPortable("Rows within rows in a view", "Nest them in the query instead.")
    }
    const clock = node.parameters.length === 0 ? clockOf(node.sqlFragments.join("")) : undefined
    if (clock === undefined) super.visitRaw({ ...node, sqlFragments: node.sqlFragments.map(withClocks) })
    else this.append(clock.sql)
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    const outer = this.#insert
    this.#insert = withoutGenerated(node, this.schema)
    super.visitInsertQuery(this.#insert)
    this.#insert = outer
  }

  protected override visitUpdateQuery(node: UpdateQueryNode): void {
    super.visitUpdateQuery(this.#withoutDefaults(node, node))
  }

  #withoutDefaults<T extends UpdateQueryNode | OnConflictNode>(node: T, query: OperationNode | undefined): T {
    const table = query === undefined ? undefined : changedTable(query)
    if (node.updates === undefined || table === undefined) return node
    return { ...node, updates: withoutDefaults(node.updates, this.schema.columns(table)) }
  }

  protected override visitValueList(node: ValueListNode): void {
    if (this.parentNode?.kind !== "ValuesNode" || this.#insert === undefined)
      return super.visitValueList(node)
    this.append("(")
    node.values.forEach((value, index) => {
      if (index > 0) this.append(", ")
      if (isDefault(value)) this.#appendColumnDefault(index)
      else this.visitAssigned(value, this.insertColumnType(index))
    })
    this.append(")")
  }

  /** The type of a column of the row being inserted, where types are known. */
  protected insertColumnType(_index: number): LogicalType | undefined {
    return undefined
  }

  /** A value that is assigned to a column of a type. */
  protected visitAssigned(node: OperationNode, _type: LogicalType | undefined): void {
    this.visitNode(node)
  }

  /** SQLite has no DEFAULT in a row of values; Kysely would write NULL, which is another row than PostgreSQL's. */
  #appendColumnDefault(index: number): void {
    const table = (this.#insert === undefined ? undefined : changedTable(this.#insert)) ?? ""
    const column = this.#insert?.columns?.[index]?.column.name ?? ""
    const expression = this.schema.columns(table).get(column)?.defaultExpression
    this.append(expression === null || expression === undefined ? "null" : `(${expression})`)
  }
}
