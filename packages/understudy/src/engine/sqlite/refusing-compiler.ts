import type {
  AliasNode,
  CommonTableExpressionNode,
  DefaultInsertValueNode,
  JoinNode,
  MergeQueryNode,
  OperationNode,
  RawNode,
  SelectQueryNode,
  UsingNode,
} from "kysely"
import { notPortable } from "../not-portable.ts"
import { SqliteDdlCompiler } from "./ddl-compiler.ts"

const WRITES: ReadonlySet<string> = new Set([
  "InsertQueryNode",
  "UpdateQueryNode",
  "DeleteQueryNode",
  "MergeQueryNode",
])

/** Refuses by name the parts of a query that SQLite has no equal for, whatever is in them. */
export abstract class RefusingCompiler extends SqliteDdlCompiler {
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

  protected override visitAlias(node: AliasNode): void {
    if (node.alias.kind === "RawNode" && (node.alias as RawNode).sqlFragments.join("").includes("(")) {
      throw notPortable(
        "An alias with names of columns",
        'Write it as a common table expression: with("name(column)", …).',
      )
    }
    super.visitAlias(node)
  }

  protected override visitUsing(_node: UsingNode): void {
    throw notPortable("DELETE … USING", "Use where exists (select …), or where … in (select …).")
  }

  protected override visitDefaultInsertValue(_node: DefaultInsertValueNode): void {
    throw notPortable("DEFAULT outside a row of values", "Leave the column out.")
  }
}
