import {
  AddConstraintNode,
  ColumnDefinitionNode,
  type ColumnNode,
  CreateTableNode,
  DefaultValueNode,
  RawNode,
  type AlterColumnNode,
  type AlterTableNode,
  type OperationNode,
} from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { parseLogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import type { TableDefinition } from "./table-definition.ts"
import type { Alteration } from "./table-alteration.ts"

/** Makes the definition of a table from its tree; constraints without a name stay so. */
export type Define = (node: CreateTableNode) => TableDefinition

/** A rename, which SQLite does itself. */
export type Renaming =
  | { readonly kind: "rename column"; readonly column: string; readonly newName: string }
  | { readonly kind: "rename table"; readonly newName: string }

const nameOf = ({ column }: ColumnNode): string => column.name

function typeText(node: OperationNode): string {
  if (node.kind === "DataTypeNode") return (node as unknown as { dataType: string }).dataType
  return RawNode.is(node) ? node.sqlFragments.join("") : node.kind
}

/** `integer using cast(a as integer)`: how Kysely takes the expression of an ALTER TYPE. */
function typeChange(column: string, node: OperationNode): Alteration {
  const [, text = "", using] = /^([\s\S]*?)(?:\s+using\s+([\s\S]*))?$/i.exec(typeText(node)) ?? []
  const type = parseLogicalType(text)
  if (type === undefined)
    throw notPortable(`The column type ${text}`, "Use one of the portable types, for example text.")
  return { kind: "type", column, type, using }
}

function alterColumn(node: AlterColumnNode, current: TableDefinition, define: Define, table: AlterTableNode) {
  const column = nameOf(node.column)
  if (node.dataType !== undefined) return typeChange(column, node.dataType)
  if (node.setNotNull === true) return { kind: "set not null", column } as const
  if (node.dropNotNull === true) return { kind: "drop not null", column } as const
  if (node.setDefault === undefined) return { kind: "drop default", column } as const
  const declared = current.columns.find(({ name }) => name === column)?.type ?? "text"
  const type = RawNode.createWithSql(declared.replace(/^(?:text|blob) (?=\w)/i, ""))
  const definition = ColumnDefinitionNode.cloneWith(ColumnDefinitionNode.create(column, type), {
    defaultTo: DefaultValueNode.create(node.setDefault),
  })
  const made = define(CreateTableNode.cloneWithColumn(CreateTableNode.create(table.table), definition))
  return { kind: "set default", column, defaultTo: made.columns[0]?.defaultTo ?? "null" } as const
}

/** The changes that an ALTER TABLE asks for, in order. */
export function alterationsOf(
  node: AlterTableNode,
  current: TableDefinition,
  define: Define,
): (Alteration | Renaming)[] {
  const empty = CreateTableNode.create(node.table)
  if (node.renameTo !== undefined)
    return [{ kind: "rename table", newName: node.renameTo.table.identifier.name }]
  if (node.setSchema !== undefined) throw notPortable("SET SCHEMA", "Keep tables in the schema public.")
  if (node.addIndex !== undefined || node.dropIndex !== undefined)
    throw new DatabaseError({ code: "42601", message: "an index is made by CREATE INDEX" })
  if (AddConstraintNode.is(node.addConstraint ?? empty) && node.addConstraint !== undefined) {
    const { constraints } = define(CreateTableNode.cloneWithConstraint(empty, node.addConstraint.constraint))
    return constraints.map((constraint) => ({ kind: "add constraint", constraint }))
  }
  if (node.dropConstraint !== undefined) {
    const { constraintName, ifExists, modifier } = node.dropConstraint
    const cascade = modifier === "cascade"
    return [{ kind: "drop constraint", name: constraintName.name, ifExists: ifExists === true, cascade }]
  }
  if (node.renameConstraint !== undefined) {
    const { oldName, newName } = node.renameConstraint
    return [{ kind: "rename constraint", name: oldName.name, newName: newName.name }]
  }
  return (node.columnAlterations ?? []).map((each): Alteration | Renaming => {
    switch (each.kind) {
      case "AddColumnNode": {
        const { ifNotExists, ...column } = each.column
        const { columns, constraints } = define(CreateTableNode.cloneWithColumn(empty, column))
        const [made] = columns
        if (made === undefined) throw new TypeError("a column definition gave no column")
        return { kind: "add column", column: made, constraints, ifNotExists: ifNotExists === true }
      }
      case "DropColumnNode":
        return { kind: "drop column", column: nameOf(each.column), ifExists: each.ifExists === true }
      case "RenameColumnNode":
        return { kind: "rename column", column: nameOf(each.column), newName: nameOf(each.renameTo) }
      case "AlterColumnNode":
        return alterColumn(each, current, define, node)
      case "ModifyColumnNode":
        throw new DatabaseError({ code: "42601", message: "MODIFY COLUMN is no SQL of PostgreSQL's" })
      default:
        return each satisfies never
    }
  })
}
