import { UnderstudyError } from "../errors/understudy-error.ts"
import {
  CONFLICT_POLICIES,
  frozenPolicies,
  PARK_ALL,
  type ConflictPolicies,
  type ConflictPolicy,
} from "./conflict-policy.ts"
import { isTableName } from "./table-names.ts"

/** What becomes of the fallback's writes that met other rows in PostgreSQL. Goes before DATABASE_CONFLICTS as a whole. */
export interface ConflictOptions {
  /** Of tables that are not named. Default: `primary`. */
  readonly default?: ConflictPolicy
  /** By the names that the migrations give them. */
  readonly tables?: Readonly<Record<string, ConflictPolicy>>
}

/**
 * The policies that a program's options give; undefined where it gives none. `argument` names the options in errors.
 *
 * @throws UnderstudyError `UNDERSTUDY_INVALID_ARGUMENT`
 */
export function readConflictOptions(
  options: ConflictOptions | undefined,
  argument: string,
): ConflictPolicies | undefined {
  if (options === undefined) return undefined
  if (!isRecord(options)) throw refusal(argument, "must be an object with any of default, tables")
  const unknown = Object.keys(options).find((name) => name !== "default" && name !== "tables")
  if (unknown !== undefined)
    throw refusal(`${argument}.${unknown}`, "there is no such option; there are default, tables")
  const { default: byDefault = PARK_ALL.default, tables = {} } = options
  assertPolicy(`${argument}.default`, byDefault)
  if (!isRecord(tables))
    throw refusal(`${argument}.tables`, "must be an object of policies by names of tables")
  for (const [name, policy] of Object.entries(tables)) {
    if (!isTableName(name))
      throw refusal(`${argument}.tables`, "has a key that cannot be the name of a table")
    assertPolicy(`${argument}.tables.${name}`, policy)
  }
  return frozenPolicies({ default: byDefault, tables })
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function assertPolicy(argument: string, value: ConflictPolicy): void {
  if (!CONFLICT_POLICIES.includes(value)) throw refusal(argument, `must be ${CONFLICT_POLICIES.join(" or ")}`)
}

function refusal(argument: string, rule: string): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", { argument, rule })
}
