import type { Clock } from "../base/clock.ts"
import { createRedactor } from "../base/redact.ts"
import type { Environment } from "../environment/environment.ts"
import { PG_VARIABLES } from "../environment/variables.ts"
import { finding, type Finding } from "../errors/finding.ts"
import type { HostFacts } from "../host/host-facts.ts"
import type { Plan } from "../plan/plan.ts"
import { settingsRedactor } from "../settings/redactor.ts"
import type { Settings } from "../settings/settings.ts"
import { renderDatabaseUrl } from "../url/render.ts"
import { secretTexts } from "../url/parts.ts"
import { isShownPgVariable } from "../url/pg-variables.ts"
import { conclude } from "./conclude.ts"
import { examineHost } from "./examine-host.ts"
import { examineStorage } from "./examine-storage.ts"
import { markValue, type MarkedValue } from "./mark-value.ts"
import {
  REPORT_VERSION,
  type DoctorReport,
  type PrimaryReport,
  type StorageReport,
  type ValueReport,
} from "./report.ts"

/** Where the URL comes from. */
export type ValueSource = "environment" | "argument" | "standard input"

/** What is examined, and how. */
export interface DoctorInput {
  readonly environment: Environment
  readonly hostFacts: HostFacts
  readonly settings: Settings
  readonly plan: Plan
  readonly source: ValueSource
  /** How long each wait may take. */
  readonly timeoutMs: number
  readonly clock: Clock
}

/** Examines the URL, every server of it, and SQLite's place. Never rejects; every wait for a server has a deadline. */
export async function runDoctor(input: DoctorInput): Promise<DoctorReport> {
  const { settings, plan, environment, source } = input
  const value = valueReport(environment, settings, source)
  const others = plan.findings.filter((found) => !settings.database.findings.includes(found))
  const ofHost = others.filter(({ code }) => code.startsWith("host."))
  const ofStorage = others.filter(({ code }) => /^(?:storage|data)\./.test(code))
  const [primary, storage] = await Promise.all([
    examinePrimary(input, ofHost),
    examineSqlite(input, ofStorage),
  ])
  const rest = others.filter((found) => !ofHost.includes(found) && !ofStorage.includes(found))
  const report = { version: REPORT_VERSION, value, settings: rest, primary, storage } as const
  return Object.freeze({ ...report, ...conclude({ settings, plan, report }) })
}

function valueReport(
  environment: Environment,
  { database, sources }: Settings,
  source: ValueSource,
): ValueReport {
  const visible = source === "argument" ? [finding("doctor.argument-visible")] : []
  const given = source === "environment" ? sources.database : source === "argument" ? "the argument" : source
  return Object.freeze({
    source: given === "default" ? "nothing is set" : given,
    verdict: database.verdict,
    lines: linesOf(environment, { database, sources }),
    repaired:
      database.verdict === "repaired" && database.parts !== null ? renderDatabaseUrl(database.parts) : null,
    findings: Object.freeze([...database.findings, ...visible]),
  })
}

function linesOf(
  environment: Environment,
  { database, sources }: Pick<Settings, "database" | "sources">,
): readonly MarkedValue[] {
  const url = environment.values.DATABASE_URL
  const fromUrl = url === undefined ? [] : [markValue(url, database)]
  if (!sources.database.includes("PG")) return fromUrl
  const names = PG_VARIABLES.filter((name) => environment.values[name] !== undefined)
  const variables = names.map((name) => {
    // Of values that were refused, each may be the password in the wrong place.
    const shown = database.dialect === "postgresql" && isShownPgVariable(name, database.parts)
    const text = shown ? (environment.values[name] ?? "").replaceAll(/\p{C}/gu, "?") : "***"
    return { line: `${name}=${text}`, carets: "" }
  })
  return [...fromUrl, ...variables]
}

async function examinePrimary(input: DoctorInput, findings: readonly Finding[]): Promise<PrimaryReport> {
  const { settings, source, timeoutMs, clock } = input
  const { database, engine, poolMax } = settings
  const skipped = (why: string): PrimaryReport => Object.freeze({ hosts: [], skipped: why, findings })
  if (database.dialect === "sqlite") return skipped("The URL names a SQLite location.")
  if (database.dialect === null) {
    return skipped(
      settings.postgresWanted ? "There is no URL that could be dialled." : "No PostgreSQL is asked for.",
    )
  }
  if (engine === "sqlite" && source === "environment") {
    return skipped("DATABASE_ENGINE is sqlite: nothing is dialled.")
  }
  const { parts } = database
  const own = createRedactor(secretTexts(parts))
  const ofSettings = settingsRedactor(settings)
  const redact = (text: string): string => ofSettings(own(text))
  const options = { timeoutMs, poolMax, redact, clock }
  const hosts = await Promise.all(parts.hosts.map((host) => examineHost(parts, host, options)))
  return Object.freeze({ hosts, skipped: null, findings })
}

async function examineSqlite(
  { plan, hostFacts, settings }: DoctorInput,
  findings: readonly Finding[],
): Promise<StorageReport> {
  const candidate = plan.candidates.find((one) => one.kind === "sqlite")
  if (candidate === undefined) {
    const why =
      settings.engine === "postgresql" ? "DATABASE_ENGINE is postgresql" : "DATABASE_FALLBACK is off"
    return Object.freeze({ steps: [], skipped: `SQLite does not stand in: ${why}.`, findings })
  }
  return Object.freeze({ steps: examineStorage(candidate, hostFacts), skipped: null, findings })
}
