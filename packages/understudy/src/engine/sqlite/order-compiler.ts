import type {
  AliasNode,
  GroupByItemNode,
  OperationNode,
  OrderByItemNode,
  PartitionByItemNode,
  ReferenceNode,
  SelectQueryNode,
  SetOperationNode,
} from "kysely"
import { isExactNumeric } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { assertOrdered } from "./comparable.ts"
import { NUMERIC_KEY_FUNCTION } from "./numeric-key.ts"
import { isQueryNode, resultColumns, selectionName, selectionsOf } from "./scope.ts"
import { TypedCompiler } from "./typed-compiler.ts"

/** Compiles what orders rows or tells them apart: ORDER BY, GROUP BY, PARTITION BY, DISTINCT, the arms of a union. */
export abstract class OrderCompiler extends TypedCompiler {
  protected override visitGroupByItem(node: GroupByItemNode): void {
    this.#visitOrdered(node.groupBy, "Grouping by")
  }

  protected override visitPartitionByItem(node: PartitionByItemNode): void {
    this.#visitOrdered(node.partitionBy, "Partitioning by")
  }

  /** What is ordered or told apart by: a numeric that is computed by a text that sorts as it does. */
  #visitOrdered(node: OperationNode, what: string): void {
    const type = this.typeOf(node)
    if (this.isComputedNumeric(node, type)) return this.appendKey(node)
    assertOrdered(type, what)
    this.visitNode(node)
  }

  protected override visitOrderByItem(node: OrderByItemNode): void {
    this.#assertUnionOrdered(node)
    const named = this.#selectionNamed(node.orderBy)
    if (named === undefined) this.#visitOrdered(node.orderBy, "Ordering by")
    else if (this.isComputedNumeric(named, this.typeOf(named))) {
      this.#assertOnlySelection(node.orderBy)
      this.appendCall(NUMERIC_KEY_FUNCTION, [() => this.visitNode(node.orderBy)])
    } else {
      assertOrdered(this.typeOf(named), "Ordering by")
      this.visitNode(node.orderBy)
    }
    this.appendDirection(node)
  }

  /** In an expression SQLite takes a name for a column first, and PostgreSQL for a selection, where it stands alone. */
  #assertOnlySelection(node: OperationNode): void {
    const name = selectionName(node)
    if (name === undefined || this.scope?.ownSource(undefined, name) === undefined) return
    throw notPortable(
      `Ordering by the computed numeric ${name}, which is a column's name too`,
      "Give the selection another name.",
    )
  }

  /** SQLite orders a union by its columns as they come out, and computed numerics come out as texts. */
  #assertUnionOrdered({ orderBy }: OrderByItemNode): void {
    const query = this.nodeStack.at(-3)
    if (query?.kind !== "SelectQueryNode" || this.scope === undefined) return
    const union = query as SelectQueryNode
    if (union.setOperations === undefined) return
    const place = selectionsOf(union).findIndex(
      ({ selection }) => selectionName(selection) === selectionName(orderBy),
    )
    const selected = selectionsOf(union)[place]?.selection
    if (selected === undefined) return
    const type = this.types.resultType(union, place, this.scope.outer)
    const own = selected.kind === "AliasNode" ? (selected as AliasNode).node : selected
    if (type?.name !== "numeric" || (isExactNumeric(type) && !this.isComputedNumeric(own, type))) return
    throw notPortable("Ordering a union by a numeric", "Make the union a derived table, and order that.")
  }

  /** The selection that a bare name in ORDER BY means: PostgreSQL prefers it to a column. */
  #selectionNamed(node: OperationNode): OperationNode | undefined {
    if (node.kind !== "ReferenceNode" || (node as ReferenceNode).table !== undefined) return undefined
    const query = this.nodeStack.at(-3)
    if (query?.kind !== "SelectQueryNode") return undefined
    const name = selectionName(node)
    const found = selectionsOf(query).find(
      ({ selection }) => selection.kind === "AliasNode" && selectionName(selection) === name,
    )
    return found === undefined ? undefined : (found.selection as AliasNode).node
  }

  protected override visitSelectQuery(node: SelectQueryNode): void {
    if (node.frontModifiers?.some((each) => each.modifier === "Distinct") === true) this.#assertDistinct(node)
    if (node.setOperations !== undefined) this.#assertArms(node)
    super.visitSelectQuery(node)
  }

  /** Asking for the types of a union's columns refuses those whose arms cannot meet. */
  #assertArms(node: SelectQueryNode): void {
    const { scope } = this
    if (scope === undefined) return
    for (const place of (resultColumns(node, scope) ?? []).keys())
      this.types.resultType(node, place, scope.outer)
  }

  protected override visitSetOperation(node: SetOperationNode): void {
    if (!node.all) this.#assertDistinctArms()
    super.visitSetOperation(node)
  }

  /** Rows are told apart as what all the arms agree on. */
  #assertDistinctArms(): void {
    const { parentNode: whole, scope } = this
    if (whole?.kind !== "SelectQueryNode" || scope === undefined) return
    const query = whole as SelectQueryNode
    for (const place of (resultColumns(query, scope) ?? []).keys()) {
      assertOrdered(this.types.resultType(query, place, scope.outer), "Telling apart by")
    }
  }

  #assertDistinct(query: OperationNode): void {
    if (!isQueryNode(query)) return
    const scope = this.types.scopeOf(query, this.scope)
    for (const { selection } of selectionsOf(query)) {
      assertOrdered(this.types.of(selection, scope), "Telling apart by")
    }
  }
}
