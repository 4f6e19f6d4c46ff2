import type { LogicalType } from "../../packages/understudy/src/engine/logical-type.ts"

/** A column as an expression may name it. */
export interface FuzzColumn {
  readonly name: string
  readonly type: LogicalType
  /** Do equal values look equal, and do sums of them not hang on the order of the rows? False where `-0` may stand. */
  readonly tame: boolean
}

/** A condition that a definition holds, its values written into the text. */
export interface Condition {
  readonly column: string
  readonly operator: "in" | "<>" | ">=" | "<" | "is not"
  readonly values: readonly (string | number | null)[]
}

/** How a generated column comes from another. */
export interface Generation {
  readonly operation: "lower" | "upper" | "coalesce" | "plus one"
  readonly column: string
}

/** A column of a table. */
export interface TableColumn extends FuzzColumn {
  readonly notNull: boolean
  readonly drawn?: "serial" | "identity"
  readonly defaultTo?: string | number | boolean
  readonly check?: Condition
  readonly generated?: Generation
}

/** What a foreign key does to its rows when the row that they refer to goes or changes. */
export type KeyAction = "cascade" | "set null" | "restrict" | "no action" | "set default"

/** A foreign key. */
export interface ForeignKey {
  readonly columns: readonly string[]
  readonly parent: string
  readonly parentColumns: readonly string[]
  readonly onDelete: KeyAction
  readonly onUpdate: KeyAction
  readonly deferred: boolean
}

/** An index. */
export interface TableIndex {
  readonly unique: boolean
  readonly items: readonly {
    readonly column: string
    readonly through?: "lower" | "upper"
    readonly desc: boolean
  }[]
  readonly where?: Condition
}

/** A table. */
export interface Table {
  readonly name: string
  readonly columns: readonly TableColumn[]
  readonly primaryKey: readonly string[]
  readonly uniques: readonly (readonly string[])[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly indexes: readonly TableIndex[]
}

/** An ORDER BY item. */
export interface Order {
  readonly expression: Expression
  readonly desc: boolean
  readonly nulls?: "first" | "last"
}

/** An expression, with the type that PostgreSQL gives it. */
export type Expression = { readonly type: LogicalType } & (
  | { readonly kind: "column"; readonly source: string | undefined; readonly name: string }
  | { readonly kind: "parameter"; readonly value: unknown }
  | { readonly kind: "literal"; readonly value: boolean | number | null }
  | {
      readonly kind: "binary"
      readonly operator: string
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: "unary"; readonly operator: "not" | "-"; readonly operand: Expression }
  | { readonly kind: "every" | "some"; readonly conditions: readonly Expression[] }
  | { readonly kind: "list"; readonly left: Expression; readonly not: boolean; readonly values: unknown[] }
  | { readonly kind: "in"; readonly left: Expression; readonly not: boolean; readonly query: Select }
  | {
      readonly kind: "between"
      readonly operand: Expression
      readonly low: Expression
      readonly high: Expression
    }
  | { readonly kind: "exists"; readonly query: Select }
  | { readonly kind: "scalar"; readonly query: Select }
  | {
      readonly kind: "case"
      readonly whens: readonly { readonly when: Expression; readonly result: Expression }[]
      readonly otherwise?: Expression
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "cast"; readonly operand: Expression }
  | {
      readonly kind: "json"
      readonly document: Expression
      readonly operator: "->" | "->>"
      readonly path: readonly (string | number)[]
    }
  | {
      readonly kind: "aggregate"
      readonly name: string
      readonly args: readonly Expression[]
      readonly distinct: boolean
      readonly filter?: Expression
      readonly order?: readonly Order[]
      readonly window?: { readonly partition: readonly Expression[]; readonly order: readonly Order[] }
    }
)

/** Where a query's rows come from. */
export interface Source {
  readonly alias: string
  readonly columns: readonly FuzzColumn[]
  /** A table's or a CTE's name, or a subquery. */
  readonly from: string | Select
}

/** A join. */
export interface Join {
  readonly kind: "inner" | "left" | "right" | "full" | "cross"
  readonly source: Source
  readonly on?: Expression
}

/** A result column. */
export interface Selection extends FuzzColumn {
  readonly expression: Expression
}

/** A SELECT. */
export interface Select {
  readonly ctes: readonly { readonly name: string; readonly query: Select }[]
  readonly source: Source
  readonly joins: readonly Join[]
  readonly where?: Expression
  readonly groupBy: readonly Expression[]
  readonly having?: Expression
  readonly selections: readonly Selection[]
  readonly distinct: boolean
  readonly set?: {
    readonly operator: "union" | "unionAll" | "intersect" | "except"
    readonly query: Select
  }
  readonly orderBy: readonly Order[]
  readonly limit?: number
  readonly offset?: number
}

/** Values of a new row, or of changed columns, by column. */
export type Assignments = Readonly<Record<string, Expression>>

/** What happens to a row that is there already. */
export interface Conflict {
  readonly columns: readonly string[]
  readonly set?: Assignments
  readonly where?: Expression
}

/** One statement. */
export type Statement =
  | { readonly kind: "select"; readonly query: Select }
  | {
      readonly kind: "insert"
      readonly table: string
      readonly rows: readonly Assignments[]
      readonly conflict?: Conflict
      readonly returning: readonly Selection[]
    }
  | {
      readonly kind: "insert from"
      readonly table: string
      readonly columns: readonly string[]
      readonly query: Select
    }
  | {
      readonly kind: "update"
      readonly table: string
      readonly set: Assignments
      readonly from?: Source
      readonly where?: Expression
      readonly returning: readonly Selection[]
    }
  | {
      readonly kind: "delete"
      readonly table: string
      readonly where?: Expression
      readonly returning: readonly Selection[]
    }

/** A statement by itself, or several in a transaction, which commits or is rolled back. */
export type Step =
  | Statement
  | {
      readonly kind: "transaction"
      readonly rolledBack: boolean
      /** Each is a savepoint of its own, so that PostgreSQL goes on after an error. */
      readonly parts: readonly { readonly statements: readonly Statement[]; readonly rolledBack: boolean }[]
    }

/** Tables and what is done with them. */
export interface Program {
  readonly tables: readonly Table[]
  readonly steps: readonly Step[]
}
