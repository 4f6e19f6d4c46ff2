import { UnderstudyError } from "../errors/understudy-error.ts"
import { MOST_BYTES, MOST_ROWS } from "./mirror-definitions.ts"
import type { MirrorValues } from "./settings.ts"
import { isTableName } from "./table-names.ts"

/** What the fallback keeps a copy of. What is given goes before the variable of the same meaning. */
export interface MirrorOptions {
  /** Tables that are not copied, by the names that the migrations give them. Default: DATABASE_MIRROR_EXCLUDE, none. */
  readonly exclude?: readonly string[]
  /** A table with more rows is not copied. Default: DATABASE_MIRROR_MAX_ROWS, 5,000,000. */
  readonly maxRows?: number
  /** A table that takes more bytes on PostgreSQL is not copied. Default: DATABASE_MIRROR_MAX_BYTES, 1 GiB. */
  readonly maxBytes?: number
}

/** The rule for each option, and what keeps it. */
const RULES: Readonly<
  Record<keyof MirrorOptions, readonly [rule: string, isKept: (value: unknown) => boolean]>
> = {
  exclude: [
    "must be an array of names of tables",
    (value) =>
      Array.isArray(value) && value.every((name: unknown) => typeof name === "string" && isTableName(name)),
  ],
  maxRows: [`must be a whole number from 1 to ${MOST_ROWS}`, (value) => isWhole(value, MOST_ROWS)],
  maxBytes: [`must be a whole number from 1 to ${MOST_BYTES}`, (value) => isWhole(value, MOST_BYTES)],
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most
}

/**
 * The rows of the table of settings that a program's options give. `argument` names the options in errors.
 *
 * @throws UnderstudyError `UNDERSTUDY_INVALID_ARGUMENT`
 */
export function readMirrorOptions(
  options: MirrorOptions | undefined,
  argument: string,
): Partial<MirrorValues> {
  if (options === undefined) return {}
  const known = Object.keys(RULES) as (keyof MirrorOptions)[]
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw refusal(argument, `must be an object with any of ${known.join(", ")}`)
  const unknown = Object.keys(options).find((name) => !known.includes(name as keyof MirrorOptions))
  if (unknown !== undefined)
    throw refusal(`${argument}.${unknown}`, `there is no such option; there are ${known.join(", ")}`)
  for (const name of known) {
    const [rule, isKept] = RULES[name]
    if (options[name] !== undefined && !isKept(options[name])) throw refusal(`${argument}.${name}`, rule)
  }
  const { exclude, maxRows, maxBytes } = options
  return {
    ...(exclude === undefined ? {} : { mirrorExclude: [...exclude] }),
    ...(maxRows === undefined ? {} : { mirrorMaxRows: maxRows }),
    ...(maxBytes === undefined ? {} : { mirrorMaxBytes: maxBytes }),
  }
}

function refusal(argument: string, rule: string): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", { argument, rule })
}
