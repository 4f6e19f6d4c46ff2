import type {
  AndNode,
  ColumnNode,
  HavingNode,
  OnConflictNode,
  OnNode,
  OperationNode,
  OrNode,
  ReferenceNode,
  SelectQueryNode,
  UnaryOperationNode,
  UpdateQueryNode,
  WhenNode,
  WhereNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { operatorOf } from "./expression-type.ts"
import { assertGrouped } from "./grouping.ts"
import { hasOneRow, ONLY_ROW_FUNCTION } from "./only-row.ts"
import { OrderCompiler } from "./order-compiler.ts"
import { isQueryNode, selectionName, selectionsOf, starSource } from "./scope.ts"

/** Where a bare name may also be that of a selection. */
const NAMES_SELECTIONS: ReadonlySet<string> = new Set(["OrderByItemNode", "GroupByItemNode"])

/** Refuses queries that PostgreSQL refuses and SQLite answers: by any row of several, or by what it takes a name for. */
export abstract class QueryChecks extends OrderCompiler {
  protected override visitSelectQuery(node: SelectQueryNode): void {
    const scope = this.scope
    if (scope !== undefined) assertGrouped(node, scope)
    this.#assertOrderedByDistinct(node)
    super.visitSelectQuery(node)
  }

  protected override visitScalarQuery(node: SelectQueryNode): void {
    if (hasOneRow(node, this.schema) || this.typeOf(node) === undefined) return super.visitScalarQuery(node)
    const inBrackets = this.parentNode?.kind === "ParensNode"
    this.append(`(with understudy_rows(value) as ${inBrackets ? "(" : ""}`)
    super.visitScalarQuery(node)
    this.append(`${inBrackets ? ")" : ""} select ${ONLY_ROW_FUNCTION}(value) from understudy_rows)`)
  }

  #assertOrderedByDistinct({ frontModifiers, selections = [], orderBy }: SelectQueryNode): void {
    if (frontModifiers?.some(({ modifier }) => modifier === "Distinct") !== true) return
    if (selections.some(({ selection }) => starSource(selection) !== undefined)) return
    const names = selections.map(({ selection }) => selectionName(selection))
    for (const { orderBy: node } of orderBy?.items ?? []) {
      if (node.kind !== "ReferenceNode" || names.includes(selectionName(node))) continue
      const message = "for SELECT DISTINCT, ORDER BY expressions must appear in select list"
      throw new DatabaseError({ code: "42P10", message })
    }
  }

  protected override visitPlainReference(node: ReferenceNode): void {
    this.#assertNamed(node)
    super.visitPlainReference(node)
  }

  #assertNamed(node: ReferenceNode): void {
    const { table, column } = node
    if (column.kind !== "ColumnNode") return
    const { name } = column.column
    const parent = this.parentNode
    if (table === undefined && parent !== undefined && NAMES_SELECTIONS.has(parent.kind)) {
      const query = this.nodeStack.findLast(isQueryNode)
      if (query === undefined) return
      if (selectionsOf(query).some(({ selection }) => selectionName(selection) === name)) return
      if (query.kind === "SelectQueryNode" && query.setOperations !== undefined) {
        throw new DatabaseError({ code: "42703", message: `column "${name}" does not exist` })
      }
    }
    this.#assertUnambiguousInUpsert(table === undefined, name)
    this.scope?.assertNames(table?.table.identifier.name, name)
  }

  /** In DO UPDATE a bare name may be the row that is there, or the one that was to be inserted. */
  #assertUnambiguousInUpsert(bare: boolean, name: string): void {
    const place = this.nodeStack.findLastIndex((node) => node.kind === "OnConflictNode")
    if (!bare || place === -1 || this.nodeStack.slice(place).some(isQueryNode)) return
    const { updates, updateWhere } = this.nodeStack[place] as OnConflictNode
    const inside: readonly (OperationNode | undefined)[] = [...(updates ?? []), updateWhere]
    if (!inside.includes(this.nodeStack[place + 1])) return
    throw new DatabaseError({ code: "42702", message: `column reference "${name}" is ambiguous` })
  }

  protected override visitUpdateQuery(node: UpdateQueryNode): void {
    const names = node.updates?.flatMap(({ column }) =>
      column.kind === "ColumnNode" ? (column as ColumnNode).column.name : (selectionName(column) ?? []),
    )
    const twice = names?.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) {
      throw new DatabaseError({ code: "42601", message: `multiple assignments to same column "${twice}"` })
    }
    super.visitUpdateQuery(node)
  }

  protected override visitWhere(node: WhereNode): void {
    this.#assertBoolean(node.where, "WHERE")
    super.visitWhere(node)
  }

  protected override visitHaving(node: HavingNode): void {
    this.#assertBoolean(node.having, "HAVING")
    super.visitHaving(node)
  }

  protected override visitOn(node: OnNode): void {
    this.#assertBoolean(node.on, "JOIN/ON")
    super.visitOn(node)
  }

  protected override visitAnd(node: AndNode): void {
    // The two ends of a BETWEEN are no conditions.
    if (this.parentNode?.kind !== "BinaryOperationNode") {
      this.#assertBoolean(node.left, "AND")
      this.#assertBoolean(node.right, "AND")
    }
    super.visitAnd(node)
  }

  protected override visitOr(node: OrNode): void {
    this.#assertBoolean(node.left, "OR")
    this.#assertBoolean(node.right, "OR")
    super.visitOr(node)
  }

  protected override visitUnaryOperation(node: UnaryOperationNode): void {
    if (operatorOf(node.operator) === "not") this.#assertBoolean(node.operand, "NOT")
    super.visitUnaryOperation(node)
  }

  protected override visitWhen(node: WhenNode): void {
    const parent = this.parentNode as { value?: OperationNode } | undefined
    if (parent?.value === undefined && node.condition !== undefined) {
      this.#assertBoolean(node.condition, "CASE/WHEN")
    }
    super.visitWhen(node)
  }

  #assertBoolean(node: OperationNode, where: string): void {
    const type = this.typeOf(node)
    if (type === undefined || type.name === "boolean") return
    const message = `argument of ${where} must be type boolean, not type ${type.name}`
    throw new DatabaseError({ code: "42804", message })
  }
}
