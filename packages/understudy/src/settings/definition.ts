import type { Environment } from "../environment/environment.ts"
import type { SettingVariable } from "../environment/variables.ts"
import type { HostFacts } from "../host/host-facts.ts"
import type { UrlVerdict } from "../url/verdict.ts"

/**
 * What came of a variable's text: its value, or the rule it breaks. `flaw` says of a list which of its parts was passed
 * over. The text itself is never quoted: see promise 5.
 */
export type Reading<T> = { readonly value: T; readonly flaw?: string } | { readonly rule: string }

/** A default, and why it is that one here. */
export interface DefaultValue<T> {
  readonly value: T
  /** `on a Hugging Face Space`; left out where it is the same everywhere. */
  readonly why?: string
}

/** What reading and defaults may look at. */
export interface Ground {
  readonly environment: Environment
  readonly hostFacts: HostFacts
  readonly nodeEnv: string
  readonly production: boolean
  readonly database: UrlVerdict
}

/** One setting: the table of settings, `understudy plan` and the documentation are made from these. */
export interface SettingDefinition<T> {
  readonly variable: SettingVariable
  /** The default in words, for the documentation. */
  readonly defaultText: string
  /** What it means, for the documentation. */
  readonly meaning: string
  /** Total: a bad text is a broken rule, never an exception. */
  read(text: string, ground: Ground): Reading<T>
  default(ground: Ground): DefaultValue<T>
  /** The value for people; a secret shows as set or not. */
  render(value: T): string
}
