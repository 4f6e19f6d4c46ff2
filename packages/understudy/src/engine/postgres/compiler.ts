import {
  type AlterColumnNode,
  type ColumnDefinitionNode,
  type DataTypeNode,
  PostgresQueryCompiler,
  RawNode,
} from "kysely"
import { parseLogicalType } from "../logical-type.ts"

function isText(type: string): boolean {
  const name = parseLogicalType(type)?.name
  return name === "text" || name === "varchar"
}

/** PostgreSQL's compiler, with text columns made `COLLATE "C"`: their order is SQLite's, and indexes serve it. */
export class PostgresCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node)
    if (this.#isColumnType(node) && isText(node.dataType)) this.append(` collate "C"`)
  }

  /** A type may be a fragment too: sql`varchar(20)`, sql`text using lower(name)`. */
  protected override visitRaw(node: RawNode): void {
    const [head = "", ...rest] = node.sqlFragments
    const [, type = "", using = ""] = /^(.*?)(\s+using\b.*)?$/is.exec(head) ?? []
    if (!this.#isColumnType(node) || !isText(type) || (using === "" && rest.length > 0))
      return super.visitRaw(node)
    super.visitRaw(RawNode.create([`${type} collate "C"${using}`, ...rest], node.parameters))
  }

  /** Is it the type of a column that is made, or that gets another one? */
  #isColumnType(node: DataTypeNode | RawNode): boolean {
    const parent = this.parentNode
    if (parent?.kind !== "ColumnDefinitionNode" && parent?.kind !== "AlterColumnNode") return false
    return (parent as ColumnDefinitionNode | AlterColumnNode).dataType === node
  }
}
