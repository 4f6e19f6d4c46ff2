import type { Environment } from "../environment/environment.ts"
import { finding, type Finding } from "../errors/finding.ts"
import type { HostFacts } from "../host/host-facts.ts"
import { readDatabase, sourceOf, wantsPostgres } from "./database-url.ts"
import type { DefaultValue, Ground, SettingDefinition } from "./definition.ts"
import { DEFINITIONS } from "./definitions.ts"
import { mirrorOfRows } from "./mirror-rows.ts"
import type { RowValues, Settings } from "./settings.ts"

/** One setting's value, where it comes from, and what was wrong with the variable. */
interface Parsed<T> {
  readonly value: T
  readonly source: string
  readonly finding: Finding | null
}

/** What the program itself asks for goes before the variables. */
type Given = Partial<RowValues>

/**
 * Makes the settings of the environment's variables, and of what the program gives instead of them. Pure; a bad value
 * of a variable gives a finding and the default.
 */
export function parseSettings(environment: Environment, hostFacts: HostFacts, given: Given = {}): Settings {
  const { verdict: database, source } = readDatabase(environment)
  const first = { environment, hostFacts, database, nodeEnv: "", production: false }
  const nodeEnv = parseOne(DEFINITIONS.nodeEnv, first, given.nodeEnv)
  const production = nodeEnv.value === "production"
  const ground: Ground = { ...first, nodeEnv: nodeEnv.value, production }

  const parsed = mapDefinitions((definition, key) => parseOne(definition, ground, given[key]))
  const rows = mapValues(parsed, ({ value }) => value) as unknown as RowValues
  const { mirrorEnabled, mirrorExclude, mirrorMaxRows, mirrorMaxBytes, ...values } = rows
  const sources = { database: source, ...mapValues(parsed, (entry) => entry.source) }
  const wanted = values.engine === "auto" ? wantsPostgres(database) : values.engine === "postgresql"
  return Object.freeze({
    ...values,
    mirror: mirrorOfRows({ mirrorEnabled, mirrorExclude, mirrorMaxRows, mirrorMaxBytes }),
    database,
    postgresWanted: wanted,
    production,
    sources: Object.freeze(sources as Settings["sources"]),
    findings: Object.freeze([
      ...database.findings,
      ...Object.values(parsed).flatMap((entry) => entry.finding ?? []),
      ...dotEnvFindings(environment),
      ...environment.nearMisses.map(({ name, nearest }) => finding("settings.misspelt", { name, nearest })),
    ]),
  })
}

function parseOne<T>(definition: SettingDefinition<T>, ground: Ground, given: T | undefined): Parsed<T> {
  if (given !== undefined) return { value: given, source: "the program", finding: null }
  const { variable } = definition
  const text = ground.environment.values[variable]
  const byDefault = definition.default(ground)
  if (text === undefined) return { value: byDefault.value, source: defaultSource(byDefault), finding: null }
  const read = definition.read(text, ground)
  if ("value" in read) {
    const { value, flaw } = read
    return {
      value,
      source: sourceOf(ground.environment, variable),
      finding: flaw === undefined ? null : finding("settings.passed-over", { variable, flaw }),
    }
  }
  const fallback = definition.render(byDefault.value)
  return {
    value: byDefault.value,
    source: `default (${variable} is not usable: ${read.rule})`,
    finding: finding("settings.invalid", { variable, rule: read.rule, fallback }),
  }
}

function dotEnvFindings({ dotEnvProblem }: Environment): Finding[] {
  return dotEnvProblem === null ? [] : [finding("settings.dot-env-unread", { detail: dotEnvProblem })]
}

function defaultSource({ why }: DefaultValue<unknown>): string {
  return why === undefined ? "default" : `default (${why})`
}

type Keys = keyof RowValues

function mapDefinitions(
  parse: (definition: SettingDefinition<unknown>, key: Keys) => Parsed<unknown>,
): Record<Keys, Parsed<unknown>> {
  const parsed = {} as Record<Keys, Parsed<unknown>>
  for (const key of Object.keys(DEFINITIONS) as Keys[]) {
    parsed[key] = parse(DEFINITIONS[key] as SettingDefinition<unknown>, key)
  }
  return parsed
}

function mapValues<T, U>(record: Record<Keys, T>, map: (value: T) => U): Record<Keys, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)])) as Record<
    Keys,
    U
  >
}
