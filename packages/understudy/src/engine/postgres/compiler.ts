import { type ColumnDefinitionNode, type DataTypeNode, PostgresQueryCompiler, type RawNode } from "kysely"
import { parseLogicalType } from "../logical-type.ts"

/** PostgreSQL's compiler, with text columns made `COLLATE "C"`: their order is SQLite's, and indexes serve it. */
export class PostgresCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node)
    this.#appendCollation(node, node.dataType)
  }

  /** A type may be a fragment too: sql`varchar(20)`. */
  protected override visitRaw(node: RawNode): void {
    super.visitRaw(node)
    this.#appendCollation(node, node.sqlFragments.join(""))
  }

  #appendCollation(node: DataTypeNode | RawNode, text: string): void {
    const column = this.parentNode
    if (column?.kind !== "ColumnDefinitionNode" || (column as ColumnDefinitionNode).dataType !== node) return
    const type = parseLogicalType(text)
    if (type?.name === "text" || type?.name === "varchar") this.append(` collate "C"`)
  }
}
