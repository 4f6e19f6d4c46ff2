import {
  type AlterTableNode,
  type ColumnDefinitionNode,
  type CompiledQuery,
  createQueryId,
  type CreateIndexNode,
  type CreateSchemaNode,
  type CreateTableNode,
  type CreateTypeNode,
  type CreateViewNode,
  type DataTypeNode,
  type DefaultValueNode,
  type DropIndexNode,
  type DropSchemaNode,
  type DropTableNode,
  type DropTypeNode,
  type DropViewNode,
  type OperationNode,
  type OrderByItemNode,
  type PrimaryKeyConstraintNode,
  type RawNode,
  type RefreshMaterializedViewNode,
  type RootOperationNode,
  type SchemableIdentifierNode,
  SqliteQueryCompiler,
  type UniqueConstraintNode,
} from "kysely"
import { declaredType, isSerial, parseLogicalType, type LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { refuseColumn, refuseModifiers } from "./column-refusals.ts"
import { typeCheckClauses } from "./column-checks.ts"
import { nameConstraints } from "./constraint-names.ts"
import { constantDefault } from "./default-value.ts"
import { parseTable } from "./parse-table.ts"
import { drawingDefault } from "./sequences.ts"
import { printTable, type TableDefinition } from "./table-definition.ts"

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

function refuseDeferrable(
  { deferrable, initiallyDeferred }: UniqueConstraintNode | PrimaryKeyConstraintNode,
  what: string,
): void {
  if (deferrable === true || initiallyDeferred === true)
    throw notPortable(`A deferrable ${what}`, "Defer a foreign key instead, or order the statements.")
}

/** Says where and how PostgreSQL keeps a table, and changes no answer. */
const STORAGE = /^\s*(?:with\s*\([^()]*\)|tablespace\s+\w+)\s*$/i

/** The DDL half of the SQLite compiler: PostgreSQL's tables, made so that SQLite keeps PostgreSQL's rules. */
export class SqliteDdlCompiler extends SqliteQueryCompiler {
  #table = ""
  /** Columns of a table-level primary key: SQLite would let them be NULL. */
  #keyColumns: ReadonlySet<string> = new Set()

  /** A table is written with all its constraints named, so that errors can tell the names that PostgreSQL tells. */
  override compileQuery(
    node: RootOperationNode,
    queryId: Parameters<SqliteQueryCompiler["compileQuery"]>[1],
  ): CompiledQuery {
    const compiled = super.compileQuery(node, queryId)
    if (node.kind !== "CreateTableNode" || node.selectQuery !== undefined) return compiled
    const definition = parseTable(compiled.sql)
    return definition === undefined ? compiled : { ...compiled, sql: printTable(nameConstraints(definition)) }
  }

  /** What a tree defines; constraints without a name stay so. */
  define(node: CreateTableNode): TableDefinition {
    const { sql } = super.compileQuery(node, createQueryId())
    const definition = parseTable(sql)
    if (definition !== undefined) return definition
    throw notPortable("This definition", "Use the schema builder's own methods.")
  }

  protected override visitCreateTable(node: CreateTableNode): void {
    if (node.temporary === true || node.onCommit !== undefined)
      throw notPortable("A temporary table", "Use a common table expression, or a table of its own.")
    if (node.selectQuery !== undefined)
      throw notPortable("CREATE TABLE AS", "Create the table with its types, then insert from the select.")
    this.#table = node.table.table.identifier.name
    const keys = (node.constraints ?? []).filter((each) => each.kind === "PrimaryKeyConstraintNode")
    this.#keyColumns = new Set(
      keys.flatMap((key) => (key as PrimaryKeyConstraintNode).columns.map((c) => c.column.name)),
    )
    if ((node.frontModifiers?.length ?? 0) > 0)
      throw notPortable("A modifier of CREATE TABLE", "Make the table without it.")
    const storage = (node.endModifiers ?? []).every((each) => STORAGE.test(typeText(each)))
    if (!storage) throw notPortable("A modifier of CREATE TABLE", "Make the table without it.")
    super.visitCreateTable({ ...node, endModifiers: [] })
  }

  protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
    const name = node.column.column.name
    const type = portableType(node.dataType)
    const drawn = isSerial(typeText(node.dataType)) || node.generated?.identity === true
    refuseModifiers(node)
    refuseColumn(type, node, drawn)
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
      const drawing =
        node.generated?.identity !== true ? "serial" : node.generated.always ? "always" : "by default"
      this.append(` default (${drawingDefault(this.#table, node.column.column.name, drawing)})`)
      return
    }
    if (node.generated?.expression !== undefined) {
      if (node.generated.stored !== true)
        throw notPortable("A virtual generated column", "Use a stored one, as PostgreSQL before 18 does.")
      this.append(" generated always as (")
      this.visitNode(node.generated.expression)
      this.append(") stored")
      return
    }
    if (node.defaultTo === undefined) return
    this.append(" ")
    this.#appendDefaultValue(node.defaultTo, type)
  }

  #appendDefaultValue(node: DefaultValueNode, type: LogicalType): void {
    const constant = constantDefault(node, type)
    this.append("default (")
    if (constant === undefined) this.visitNode(node.defaultValue)
    else this.append(constant)
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

  /** The text says what was asked for; it is carried out from the tree (see `changeSchema`). */
  protected override visitAlterTable(node: AlterTableNode): void {
    this.#table = node.table.table.identifier.name
    super.visitAlterTable(node)
  }

  protected override visitUniqueConstraint(node: UniqueConstraintNode): void {
    refuseDeferrable(node, "unique constraint")
    if (node.nullsNotDistinct === true) throw notPortable("NULLS NOT DISTINCT", "Use a NOT NULL column.")
    super.visitUniqueConstraint(node)
  }

  protected override visitPrimaryKeyConstraint(node: PrimaryKeyConstraintNode): void {
    refuseDeferrable(node, "primary key")
    super.visitPrimaryKeyConstraint(node)
  }

  protected override visitCreateIndex(node: CreateIndexNode): void {
    if (node.nullsNotDistinct === true) throw notPortable("NULLS NOT DISTINCT", "Use a NOT NULL column.")
    const method = node.using === undefined ? "btree" : typeText(node.using)
    if (!/^\s*(?:btree|hash)\s*$/i.test(method))
      throw notPortable(`An index by ${method}`, "Use the usual index, a B-tree.")
    this.append(
      `create ${node.unique === true ? "unique " : ""}index ${node.ifNotExists === true ? "if not exists " : ""}`,
    )
    this.visitNode(node.name)
    this.append(" on ")
    if (node.table !== undefined) this.visitNode(node.table)
    this.append(" (")
    ;(node.columns ?? []).forEach((column, index) => {
      if (index > 0) this.append(", ")
      this.#appendIndexItem(column)
    })
    this.append(")")
    if (node.where === undefined) return
    this.append(" ")
    this.visitNode(node.where)
  }

  /** The order of NULL in an index changes no answer, and SQLite refuses to be told. */
  #appendIndexItem(node: OperationNode): void {
    if (node.kind !== "OrderByItemNode") return this.visitNode(node)
    const { orderBy, direction, collation } = node as OrderByItemNode
    for (const part of [orderBy, collation, direction]) {
      if (part === undefined) continue
      if (part !== orderBy) this.append(" ")
      this.visitNode(part)
    }
  }

  protected override visitDropIndex(node: DropIndexNode): void {
    super.visitDropIndex({ ...node, cascade: false })
  }

  protected override visitCreateView(node: CreateViewNode): void {
    if (node.materialized === true) throw notPortable("A materialized view", "Use a view, or a table.")
    if (node.temporary === true) throw notPortable("A temporary view", "Use a common table expression.")
    super.visitCreateView({ ...node, orReplace: false })
  }

  protected override visitDropView(node: DropViewNode): void {
    if (node.materialized === true) throw notPortable("A materialized view", "Use a view, or a table.")
    super.visitDropView({ ...node, cascade: false })
  }

  protected override visitRefreshMaterializedView(_node: RefreshMaterializedViewNode): void {
    throw notPortable("A materialized view", "Use a view, or a table.")
  }

  protected override visitCreateType(_node: CreateTypeNode): void {
    throw notPortable("CREATE TYPE", "Use a text column with a check constraint.")
  }

  protected override visitDropType(_node: DropTypeNode): void {
    throw notPortable("DROP TYPE", "Use a text column with a check constraint.")
  }

  protected override visitCreateSchema(node: CreateSchemaNode): void {
    if (node.ifNotExists === true && node.schema.name === "public") {
      this.append("select 1 limit 0")
      return
    }
    throw notPortable("CREATE SCHEMA", "Keep tables in the schema public.")
  }

  protected override visitDropSchema(_node: DropSchemaNode): void {
    throw notPortable("DROP SCHEMA", "Keep tables in the schema public.")
  }
}

const DEFINER = new SqliteDdlCompiler()

/** The definition that a tree gives; see {@link SqliteDdlCompiler.define}. */
export function defineTable(node: CreateTableNode): TableDefinition {
  return DEFINER.define(node)
}
