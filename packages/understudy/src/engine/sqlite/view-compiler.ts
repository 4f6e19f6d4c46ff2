import type { BinaryOperationNode, SelectQueryNode } from "kysely"
import type { LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { isArithmetic, type ArithmeticType } from "./arithmetic.ts"
import { INTEGER_RANGES } from "./bind.ts"
import { operatorOf, ExpressionTypes } from "./expression-type.ts"
import { ParameterTargets } from "./parameter-targets.ts"
import { raiseError } from "./raised-error.ts"
import type { Schema } from "./schema.ts"
import { resultColumns } from "./scope.ts"

/** The body of a view with what is known of its columns. */
export interface ViewBody {
  readonly sql: string
  /** Undefined: it cannot be told how many columns there are. */
  readonly types: readonly (LogicalType | undefined)[] | undefined
}

const INSTEAD = "Let the view select the columns, and compute in the query that reads it."

/** What stands behind a function of ours, in the words of the program. */
function describe(name: string): string {
  const arithmetic = /^(float[48]|numeric)_(?:plus|minus|times|divided|modulo)$/.exec(name)
  if (arithmetic !== null) return `Arithmetic with ${arithmetic[1]} in a view`
  if (name === "cast") return "A cast in a view"
  return `${name.replace(/^(?:float[48]|numeric|int[248])_/, "")} in a view`
}

/**
 * Compiles the body of a view by what SQLite has itself: connections that read do not let a schema call functions of
 * ours. What has no equal there is refused.
 */
export class ViewCompiler extends ParameterTargets {
  /** @throws UnderstudyError `UNDERSTUDY_NOT_PORTABLE` */
  static body(query: SelectQueryNode, schema: Schema): ViewBody {
    const types = new ExpressionTypes(schema)
    const compiler = new ViewCompiler(schema, types)
    compiler.visitNode(query)
    const sql = compiler.getSql()
    const own = /\bunderstudy_(\w+)\(/.exec(sql)?.[1]
    if (own !== undefined) throw notPortable(describe(own), INSTEAD)
    const clock = /\b(now|clock_timestamp|statement_timestamp|gen_random_uuid)\(\)/.exec(sql)?.[1]
    if (clock !== undefined)
      throw notPortable(`${clock}() in a view`, "Compare with it in the query that reads the view.")
    const columns = resultColumns(query, types.scopeOf(query, undefined))
    return { sql, types: columns?.map((_, place) => types.resultType(query, place, undefined)) }
  }

  protected override visitArithmetic(node: BinaryOperationNode, type: ArithmeticType): void {
    const operator = operatorOf(node.operator)
    if (!isArithmetic(operator) || !(type in INTEGER_RANGES)) return super.visitArithmetic(node, type)
    const append = (): void => {
      this.append("(")
      this.visitNode(node.leftOperand)
      this.append(` ${operator} `)
      this.visitNode(node.rightOperand)
      this.append(")")
    }
    this.append("(case when ")
    if (operator === "/" || operator === "%") {
      this.visitNode(node.rightOperand)
      this.append(` = 0 then ${raiseError("22012")} when `)
    }
    // What leaves 64 bits becomes a float.
    if (type === "int8") this.append("typeof(")
    append()
    const [least, most] = INTEGER_RANGES[type as keyof typeof INTEGER_RANGES]
    this.append(type === "int8" ? ") = 'real'" : ` not between ${least} and ${most}`)
    this.append(` then ${raiseError("22003")} else `)
    append()
    this.append(" end)")
  }
}
