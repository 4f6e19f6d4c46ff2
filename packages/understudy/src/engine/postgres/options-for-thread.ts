import { Secret } from "../../base/secret.ts"
import type { PostgresParts } from "../../url/verdict.ts"
import type { PostgresOptions } from "./options.ts"

/** {@link PostgresOptions} as another thread gets them: a `Secret` does not pass, so the password goes as text. */
export interface PostgresForThread {
  readonly options: Omit<PostgresOptions, "parts">
  readonly parts: Omit<PostgresParts, "password">
  readonly password: string | null
}

/** What is sent to the thread. */
export function toThread({ parts, ...options }: PostgresOptions): PostgresForThread {
  const { password, ...rest } = parts
  return { options, parts: rest, password: password?.reveal() ?? null }
}

/** What the thread makes of it. */
export function fromThread({ options, parts, password }: PostgresForThread): PostgresOptions {
  return { ...options, parts: { ...parts, password: password === null ? null : new Secret(password) } }
}
