import { type DataTypeNode, PostgresQueryCompiler } from "kysely"
import { parseLogicalType } from "../logical-type.ts"

/** PostgreSQL's compiler, with text columns made `COLLATE "C"`: their order is SQLite's, and indexes serve it. */
export class PostgresCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node)
    if (this.parentNode?.kind !== "ColumnDefinitionNode") return
    const type = parseLogicalType(node.dataType)
    if (type?.name === "text" || type?.name === "varchar") this.append(` collate "C"`)
  }
}
