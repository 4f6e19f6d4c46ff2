import type { ColumnDefinitionNode, RawNode } from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import type { LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { isInteger } from "./common-type.ts"

/** Texts are ordered by their bytes here, so that this one collation says nothing new. */
function refuseModifier(text: string): void {
  if (/^\s*collate\s+"?(?:c|posix|ucs_basic)"?\s*$/i.test(text)) return
  throw notPortable(`The modifier ${text.trim()} of a column`, "Use the schema builder's own methods.")
}

/** What PostgreSQL has no syntax for, and what would be lost on the way. */
export function refuseModifiers(node: ColumnDefinitionNode): void {
  const other = ["autoIncrement", "unsigned", "identity"] as const
  const found = other.find((name) => node[name] === true)
  if (found !== undefined)
    throw notPortable(`${found}()`, "Use generatedByDefaultAsIdentity(), or a check.", "PostgreSQL")
  for (const modifier of [...(node.frontModifiers ?? []), ...(node.endModifiers ?? [])])
    refuseModifier(modifier.kind === "RawNode" ? (modifier as RawNode).sqlFragments.join("") : modifier.kind)
}

/** Throws where PostgreSQL refuses the type itself, or to draw its values. */
export function refuseColumn(type: LogicalType, node: ColumnDefinitionNode, drawn: boolean): void {
  const refused = (code: string, message: string): DatabaseError => new DatabaseError({ code, message })
  if (type.name === "varchar" && type.size === 0)
    throw refused("22023", "length for type varchar must be at least 1")
  if (drawn && !isInteger(type))
    throw refused("22023", "identity column type must be smallint, integer, or bigint")
  if (drawn && node.defaultTo !== undefined)
    throw refused("42601", `multiple default values specified for column "${node.column.column.name}"`)
}
