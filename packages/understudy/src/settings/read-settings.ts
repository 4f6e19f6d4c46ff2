import { readEnvironment, type EnvironmentSource } from "../environment/environment.ts"
import { gatherHostFacts } from "../host/gather.ts"
import { parseSettings } from "./parse-settings.ts"
import type { Settings } from "./settings.ts"

/**
 * What the environment asks for, as `openDatabase` reads it. Loads no driver and no query builder: for a program
 * that opens its port first. Looks at the machine; never throws.
 */
export function readSettings(env?: EnvironmentSource): Settings {
  const environment = readEnvironment(env)
  return parseSettings(environment, gatherHostFacts(environment))
}
