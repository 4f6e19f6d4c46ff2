import { readDotEnv } from "./dot-env.ts"
import { findNearMisses, type NearMiss } from "./near-misses.ts"
import { HOST_VARIABLES, VARIABLES, type Variable } from "./variables.ts"

/** A set of variables as `process.env` has them. */
export type EnvironmentSource = Readonly<Record<string, string | undefined>>

/** The known variables that are set, read once. Frozen. */
export interface Environment {
  /** Set and not blank, as they are. Not enumerable: some hold secrets, and no dump shows them. */
  readonly values: Readonly<Partial<Record<Variable, string>>>
  /** Set, but empty or blank: that means unset. */
  readonly blank: readonly Variable[]
  /** The names among `values` that a `.env` file gave. */
  readonly fromDotEnv: readonly Variable[]
  /** Was a `.env` file read? */
  readonly dotEnv: boolean
  /** Why a `.env` file that is there was not read; null where there is nothing to say. */
  readonly dotEnvProblem: string | null
  /** Unknown names close to known ones. */
  readonly nearMisses: readonly NearMiss[]
}

/** How the environment is read. */
export interface ReadOptions {
  /** The `.env` file; null: none. Default: `.env` in the working folder, and none where a source is given. */
  readonly dotEnvFile?: string | null
  /** A text that takes the place of DATABASE_URL, whatever the environment and `.env` say. */
  readonly databaseUrl?: string
}

/**
 * Reads the environment: the one place that looks at `process.env`. Outside production a `.env` file adds what the
 * environment itself does not set. Never throws.
 */
export function readEnvironment(source?: EnvironmentSource, options: ReadOptions = {}): Environment {
  const given = source ?? process.env
  const { databaseUrl } = options
  const own = databaseUrl === undefined ? given : { ...given, DATABASE_URL: databaseUrl }
  const dotEnvFile =
    options.dotEnvFile ?? (source === undefined && options.dotEnvFile !== null ? ".env" : null)
  const reading = dotEnvFile === null || isProduction(own) ? undefined : readDotEnv(dotEnvFile)
  const read = reading !== undefined && "variables" in reading ? reading.variables : undefined
  const dotEnv = databaseUrl === undefined || read === undefined ? read : { ...read, DATABASE_URL: undefined }

  const values: Partial<Record<Variable, string>> = {}
  const blank: Variable[] = []
  const fromDotEnv: Variable[] = []
  for (const name of VARIABLES) {
    const ownText = textOf(own, name)
    const text = isBlank(ownText) ? textOf(dotEnv ?? {}, name) : ownText
    if (text !== undefined && !isBlank(text)) {
      values[name] = text
      if (isBlank(ownText)) fromDotEnv.push(name)
    } else if (ownText !== undefined || text !== undefined) blank.push(name)
  }

  const names = [...new Set([...namesOf(own), ...Object.keys(dotEnv ?? {})])]
  const environment = {
    blank: Object.freeze(blank),
    fromDotEnv: Object.freeze(fromDotEnv),
    dotEnv: dotEnv !== undefined,
    dotEnvProblem: reading !== undefined && "problem" in reading ? reading.problem : null,
    nearMisses: findNearMisses(names, (name) => values[name as Variable] !== undefined),
  }
  Object.defineProperty(environment, "values", { value: Object.freeze(values), enumerable: false })
  return Object.freeze(environment) as Environment
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === ""
}

/** A source may be any object a caller has at hand: what is no text counts as not there. */
function textOf(source: EnvironmentSource, name: string): string | undefined {
  const value: unknown = Object.hasOwn(source, name) ? source[name] : undefined
  return typeof value === "string" ? value : undefined
}

function namesOf(source: EnvironmentSource): string[] {
  return Object.keys(source).filter((name) => !isBlank(textOf(source, name)))
}

/** Production by its name, or because a host has set its variables: such a machine is nobody's workshop. */
function isProduction(source: EnvironmentSource): boolean {
  const asked = textOf(source, "NODE_ENV")
  if (asked !== undefined && !isBlank(asked)) return /^prod(uction)?$/i.test(asked.trim())
  return (
    HOST_VARIABLES.some((name) => name !== "SYSTEM" && !isBlank(textOf(source, name))) ||
    textOf(source, "SYSTEM") === "spaces"
  )
}
