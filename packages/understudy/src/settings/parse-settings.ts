import type { Environment } from "../environment/environment.ts"
import { finding, type Finding } from "../errors/finding.ts"
import type { HostFacts } from "../host/host-facts.ts"
import { readDatabase, sourceOf, wantsPostgres } from "./database-url.ts"
import type { DefaultValue, Ground, SettingDefinition } from "./definition.ts"
import { DEFINITIONS } from "./definitions.ts"
import type { SettingValues, Settings } from "./settings.ts"

/** One setting's value, where it comes from, and what was wrong with the variable. */
interface Parsed<T> {
  readonly value: T
  readonly source: string
  readonly finding: Finding | null
}

/** Makes the settings of the environment's variables. Pure; a bad value gives a finding and the default. */
export function parseSettings(environment: Environment, hostFacts: HostFacts): Settings {
  const { verdict: database, source } = readDatabase(environment)
  const first = { environment, hostFacts, database, nodeEnv: "", production: false }
  const nodeEnv = parseOne(DEFINITIONS.nodeEnv, first)
  const production = nodeEnv.value === "production"
  const ground: Ground = { ...first, nodeEnv: nodeEnv.value, production }

  const parsed = mapDefinitions((definition) => parseOne(definition, ground))
  const values = mapValues(parsed, ({ value }) => value) as SettingValues
  const sources = { database: source, ...mapValues(parsed, (entry) => entry.source) }
  const wanted = values.engine === "auto" ? wantsPostgres(database) : values.engine === "postgresql"
  return Object.freeze({
    ...values,
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

function parseOne<T>(definition: SettingDefinition<T>, ground: Ground): Parsed<T> {
  const { variable } = definition
  const text = ground.environment.values[variable]
  const byDefault = definition.default(ground)
  if (text === undefined) return { value: byDefault.value, source: defaultSource(byDefault), finding: null }
  const read = definition.read(text, ground)
  if ("value" in read) {
    return { value: read.value, source: sourceOf(ground.environment, variable), finding: null }
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

type Keys = keyof SettingValues

function mapDefinitions(
  parse: <T>(definition: SettingDefinition<T>) => Parsed<T>,
): Record<Keys, Parsed<unknown>> {
  const parsed = {} as Record<Keys, Parsed<unknown>>
  for (const key of Object.keys(DEFINITIONS) as Keys[]) {
    parsed[key] = parse(DEFINITIONS[key] as SettingDefinition<unknown>)
  }
  return parsed
}

function mapValues<T, U>(record: Record<Keys, T>, map: (value: T) => U): Record<Keys, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)])) as Record<
    Keys,
    U
  >
}
