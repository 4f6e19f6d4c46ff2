import {
  type AlterColumnNode,
  type ColumnDefinitionNode,
  type CreateSchemaNode,
  type CreateTableNode,
  type CreateTypeNode,
  type DataTypeNode,
  type DefaultValueNode,
  type DropSchemaNode,
  type DropTableNode,
  type DropTypeNode,
  type OperationNode,
  type PrimaryKeyConstraintNode,
  type RawNode,
  type SchemableIdentifierNode,
  SqliteQueryCompiler,
} from "kysely"
import { declaredType, isSerial, parseLogicalType, type LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { typeCheckClauses } from "./column-checks.ts"

/** The SQL function that draws the next id of a sequence. */
export const NEXT_ID_FUNCTION = "understudy_next_id"

const NOW = /^\s*(?:now\(\)|current_timestamp|transaction_timestamp\(\))\s*$/i

function typeText(node: OperationNode): string {
  if (node.kind === "DataTypeNode") return (node as DataTypeNode).dataType
  if (node.kind === "RawNode") return (node as RawNode).sqlFragments.join("")
  return node.kind
}

function portableType(node: OperationNode): LogicalType {
  const text = typeText(node)
  const type = parseLogicalType(text)
  if (type === undefined) {
    throw notPortable(
      `The column type ${text}`,
      "Use one of the portable types of docs/portability.md, for example text.",
    )
  }
  return type
}

/** The DDL half of the SQLite compiler: PostgreSQL's tables, made so that SQLite keeps PostgreSQL's rules. */
export class SqliteDdlCompiler extends SqliteQueryCompiler {
  #table = ""
  /** Columns of a table-level primary key: SQLite would let them be NULL. */
  #keyColumns: ReadonlySet<string> = new Set()

  protected override visitCreateTable(node: CreateTableNode): void {
    this.#table = node.table.table.identifier.name
    const keys = (node.constraints ?? []).filter((each) => each.kind === "PrimaryKeyConstraintNode")
    this.#keyColumns = new Set(
      keys.flatMap((key) => (key as PrimaryKeyConstraintNode).columns.map((c) => c.column.name)),
    )
    super.visitCreateTable({ ...node, endModifiers: [] })
  }

  protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
    const name = node.column.column.name
    const type = portableType(node.dataType)
    const drawn =
      isSerial(typeText(node.dataType)) || node.generated?.identity === true || node.autoIncrement === true
    this.visitNode(node.column)
    this.append(` ${declaredType(type)}`)
    this.#appendDefault(node, type, drawn)
    if (drawn || node.notNull || node.primaryKey || this.#keyColumns.has(name)) this.append(" not null")
    if (node.unique) this.append(" unique")
    if (node.primaryKey) this.append(" primary key")
    for (const part of [node.references, node.check]) {
      if (part === undefined) continue
      this.append(" ")
      this.visitNode(part)
    }
    if (node.nullsNotDistinct) throw notPortable("NULLS NOT DISTINCT", "Use a NOT NULL column.")
    const quoted = `"${this.sanitizeIdentifier(name)}"`
    for (const clause of typeCheckClauses(name, quoted, type)) this.append(` ${clause}`)
  }

  #appendDefault(node: ColumnDefinitionNode, type: LogicalType, drawn: boolean): void {
    if (drawn) {
      if (this.#table === "")
        throw notPortable("An identity column added to a table", "Give it when the table is made.")
      const sequence = this.sanitizeStringLiteral(`${this.#table}.${node.column.column.name}`)
      this.append(` default (${NEXT_ID_FUNCTION}('${sequence}'))`)
      return
    }
    if (node.generated?.expression !== undefined) {
      this.append(" generated always as (")
      this.visitNode(node.generated.expression)
      this.append(node.generated.stored === true ? ") stored" : ")")
      return
    }
    if (node.defaultTo === undefined) return
    this.append(" ")
    this.#appendDefaultValue(node.defaultTo, type)
  }

  #appendDefaultValue({ defaultValue }: DefaultValueNode, type: LogicalType): void {
    const text = defaultValue.kind === "RawNode" ? typeText(defaultValue) : ""
    this.append("default (")
    if (NOW.test(text)) this.append(type.name === "timestamp" ? "substr(now(), 1, 26)" : "now()")
    else this.visitNode(defaultValue)
    this.append(")")
  }

  protected override visitSchemableIdentifier(node: SchemableIdentifierNode): void {
    if (node.schema !== undefined && node.schema.name !== "public") {
      throw notPortable(`The schema ${node.schema.name}`, "Keep tables in the schema public.")
    }
    this.visitNode(node.identifier)
  }

  protected override visitDropTable(node: DropTableNode): void {
    super.visitDropTable({ ...node, cascade: false })
  }

  protected override visitDataType(node: DataTypeNode): void {
    this.append(declaredType(portableType(node)))
  }

  protected override visitAlterColumn(node: AlterColumnNode): void {
    throw notPortable(
      `ALTER COLUMN ${node.column.column.name}`,
      "Make a new table, copy the rows and rename it.",
    )
  }

  protected override visitCreateType(_node: CreateTypeNode): void {
    throw notPortable("CREATE TYPE", "Use a text column with a check constraint.")
  }

  protected override visitDropType(_node: DropTypeNode): void {
    throw notPortable("DROP TYPE", "Use a text column with a check constraint.")
  }

  protected override visitCreateSchema(_node: CreateSchemaNode): void {
    throw notPortable("CREATE SCHEMA", "Keep tables in the schema public.")
  }

  protected override visitDropSchema(_node: DropSchemaNode): void {
    throw notPortable("DROP SCHEMA", "Keep tables in the schema public.")
  }
}
