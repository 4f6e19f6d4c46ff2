import { readEnvironment } from "../environment/environment.ts"
import type { OpenContext } from "../failover/open-candidate.ts"
import { gatherHostFacts } from "../host/gather.ts"
import { thisMachine } from "../host/machine.ts"
import { FALLBACK_FILE } from "../host/places.ts"
import type { Plan, PostgresCandidate } from "../plan/plan.ts"
import { resolveDatabase } from "../plan/resolve-database.ts"
import { chooseStorage } from "../plan/storage.ts"
import { parseSettings } from "../settings/parse-settings.ts"
import { settingsRedactor } from "../settings/redactor.ts"
import { describeEndpoint } from "../url/render.ts"
import type { CommandIo } from "./io.ts"

/** What a command that works on the primary stands on. */
export interface PrimaryGround extends OpenContext {
  readonly plan: Plan
  /** The primary that the plan leads to; null where it leads to none. */
  readonly primary: PostgresCandidate | null
  /** The file in which a fallback would be here, be one wanted now or not; null where there is no place for one. */
  readonly fallbackFile: string | null
}

/** Reads the environment and the machine, and leaves nothing behind. */
export function readGround(io: CommandIo): PrimaryGround {
  const environment = readEnvironment(io.env)
  const hostFacts = gatherHostFacts(environment, thisMachine(environment), { keepFolders: false })
  const settings = parseSettings(environment, hostFacts)
  const plan = resolveDatabase(settings, hostFacts)
  return {
    settings,
    plan,
    primary: plan.candidates.find((candidate) => candidate.kind === "postgresql") ?? null,
    fallbackFile: chooseStorage(hostFacts).place?.files[FALLBACK_FILE]?.file ?? null,
    redact: settingsRedactor(settings),
    values: { int8: "number", timestamptz: "date" },
  }
}

/** The primary in words, without a secret. */
export function describePrimary({ parts }: PostgresCandidate): string {
  return `PostgreSQL at ${describeEndpoint(parts)}`
}
