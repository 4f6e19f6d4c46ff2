import type {
  BinaryOperationNode,
  CommonTableExpressionNode,
  DefaultInsertValueNode,
  InsertQueryNode,
  JoinNode,
  MergeQueryNode,
  OperationNode,
  OperatorNode,
  OrderByItemNode,
  RawNode,
  SelectModifierNode,
  SelectQueryNode,
  ValueListNode,
} from "kysely"
import { notPortable } from "../not-portable.ts"
import type { Schema } from "./schema.ts"
import { SqliteDdlCompiler } from "./ddl-compiler.ts"

const LOCKING: ReadonlySet<string> = new Set([
  "ForUpdate",
  "ForNoKeyUpdate",
  "ForShare",
  "ForKeyShare",
  "NoWait",
  "SkipLocked",
])

const WRITES: ReadonlySet<string> = new Set([
  "InsertQueryNode",
  "UpdateQueryNode",
  "DeleteQueryNode",
  "MergeQueryNode",
])

/** Texts, quoted names and comments of a fragment, in which nothing counts. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g

/** Compiles trees that were written for PostgreSQL into SQLite's SQL with the same meaning. */
export class SqliteCompiler extends SqliteDdlCompiler {
  readonly #schema: Schema
  #insert: InsertQueryNode | undefined

  constructor(schema: Schema) {
    super()
    this.#schema = schema
  }

  protected override visitSelectQuery(node: SelectQueryNode): void {
    if (node.distinctOn !== undefined)
      throw notPortable("DISTINCT ON", "Use row_number() over (partition by …) and filter on 1.")
    super.visitSelectQuery(node)
  }

  protected override visitMergeQuery(_node: MergeQueryNode): void {
    throw notPortable("MERGE", "Use insert … on conflict do update.")
  }

  protected override visitJoin(node: JoinNode): void {
    if (node.joinType.startsWith("Lateral"))
      throw notPortable("LATERAL", "Use a scalar subquery or a window function.")
    super.visitJoin(node)
  }

  protected override visitCommonTableExpression(node: CommonTableExpressionNode): void {
    if (WRITES.has((node.expression as OperationNode).kind)) {
      throw notPortable("A data-modifying CTE", "Use two statements in one db.write.")
    }
    super.visitCommonTableExpression(node)
  }

  /** SQLite has one writer, so a row that a write session read cannot change under it: locking says nothing more. */
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== undefined && LOCKING.has(node.modifier)) return
    super.visitSelectModifier(node)
  }

  /** PostgreSQL takes NULL for larger than every value, SQLite for smaller. */
  protected override visitOrderByItem(node: OrderByItemNode): void {
    const direction =
      node.direction?.kind === "RawNode" ? (node.direction as RawNode).sqlFragments.join("") : "asc"
    super.visitOrderByItem({ ...node, nulls: node.nulls ?? (/desc/i.test(direction) ? "first" : "last") })
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
    if (node.sqlFragments.some((fragment) => fragment.replaceAll(QUOTED, "").includes("::"))) {
      throw notPortable("A ::type cast", "Write cast(… as type).")
    }
    super.visitRaw(node)
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    const outer = this.#insert
    this.#insert = node
    super.visitInsertQuery(node)
    this.#insert = outer
  }

  protected override visitValueList(node: ValueListNode): void {
    if (this.parentNode?.kind !== "ValuesNode" || this.#insert === undefined)
      return super.visitValueList(node)
    this.append("(")
    node.values.forEach((value, index) => {
      if (index > 0) this.append(", ")
      if (value.kind === "DefaultInsertValueNode") this.#appendColumnDefault(index)
      else this.visitNode(value)
    })
    this.append(")")
  }

  /** SQLite has no DEFAULT in a row of values; Kysely would write NULL, which is another row than PostgreSQL's. */
  #appendColumnDefault(index: number): void {
    const table = this.#insert?.into?.table.identifier.name ?? ""
    const column = this.#insert?.columns?.[index]?.column.name ?? ""
    const expression = this.#schema.columns(table).get(column)?.defaultExpression
    this.append(expression === null || expression === undefined ? "null" : `(${expression})`)
  }

  protected override visitDefaultInsertValue(_node: DefaultInsertValueNode): void {
    throw notPortable("DEFAULT outside a row of values", "Leave the column out.")
  }
}
