import { finding, type Finding, type FindingCode } from "../errors/finding.ts"
import type { HostFacts } from "../host/host-facts.ts"
import { renderTarget, renderVerdict } from "../settings/describe-settings.ts"
import type { Settings } from "../settings/settings.ts"
import type { PostgresParts } from "../url/verdict.ts"
import type { Candidate, Plan, PostgresCandidate } from "./plan.ts"
import {
  chooseStorage,
  leftBehind,
  notReturned,
  owedFile,
  sqliteCandidates,
  storageFindings,
  stranded,
  type Storage,
} from "./storage.ts"
import { targetFindings } from "./target-findings.ts"

/** What the candidates came to, before the plan is put together. */
interface Choice {
  readonly candidates: readonly Candidate[]
  readonly wanted: FindingCode | null
  readonly owed?: FindingCode
  readonly findings: readonly Finding[]
  readonly notes: readonly string[]
}

/** Orders the engines, with the reason for each. Pure: the same settings and facts give the same plan. */
export function resolveDatabase(settings: Settings, facts: HostFacts): Plan {
  const storage = chooseStorage(facts)
  const choice = choose(settings, facts, storage)
  const usesSqlite = choice.candidates.some(({ kind }) => kind === "sqlite")
  const trace = [
    `This is ${hostOf(facts)}.`,
    `${settings.sources.database === "default" ? "DATABASE_URL" : settings.sources.database}: ${verdictOf(settings)}.`,
    ...(usesSqlite ? storage.trace.map((line) => `SQLite: ${line}.`) : []),
    ...choice.notes,
    ...choice.candidates.map((candidate, index) => `${index + 1}. ${traceOf(candidate)}`),
    ...(choice.candidates.length === 0 ? ["Nothing can serve."] : []),
  ]
  return Object.freeze({
    candidates: Object.freeze(choice.candidates),
    wanted: choice.wanted,
    owed: choice.owed ?? null,
    findings: Object.freeze([
      ...settings.findings,
      ...choice.findings,
      ...(usesSqlite ? [...storage.findings, ...storageFindings(storage, facts)] : []),
    ]),
    trace: Object.freeze(trace),
  })
}

function choose(settings: Settings, facts: HostFacts, storage: Storage): Choice {
  const { database } = settings
  const parts = database.dialect === "postgresql" ? database.parts : null
  if (!settings.postgresWanted) return chooseEmbedded(settings, facts, storage, parts)
  return parts === null
    ? chooseWithoutPrimary(settings, facts, storage)
    : chooseWithPrimary(settings, facts, storage, parts)
}

/** No PostgreSQL is wanted. */
function chooseEmbedded(
  settings: Settings,
  facts: HostFacts,
  storage: Storage,
  ignored: PostgresParts | null,
): Choice {
  const findings = [
    ...(ignored === null ? [] : [finding("plan.primary-ignored", { target: renderTarget(ignored) })]),
    ...stranded(storage),
  ]
  const why = embeddedReason(settings, ignored)
  return { candidates: sqliteCandidates("embedded", storage, facts, why), wanted: null, findings, notes: [] }
}

function embeddedReason({ engine, database }: Settings, ignored: PostgresParts | null): string {
  if (database.dialect === "sqlite") return "DATABASE_URL names a SQLite location"
  return engine === "sqlite" && (ignored !== null || database.verdict === "refused")
    ? "DATABASE_ENGINE is sqlite"
    : "No PostgreSQL is asked for"
}

/** PostgreSQL is wanted, but nothing came of the variables that could be dialled. */
function chooseWithoutPrimary(settings: Settings, facts: HostFacts, storage: Storage): Choice {
  const reported = reasonOf(settings)
  const missing = reported === null ? [finding("plan.primary-missing", { what: missingWhat(settings) })] : []
  const wanted = reported ?? "plan.primary-missing"
  if (settings.engine === "postgresql" || settings.fallback === "off") {
    const why =
      settings.engine === "postgresql" ? "DATABASE_ENGINE is postgresql" : "DATABASE_FALLBACK is off"
    const findings = [...missing, ...stranded(storage)]
    return { candidates: [], wanted, findings, notes: [`No fallback: ${why}.`] }
  }
  const behind = leftBehind(storage)
  const role = behind === null ? "fallback" : "embedded"
  const candidates = sqliteCandidates(role, storage, facts, "PostgreSQL is wanted but cannot be dialled")
  const findings =
    behind === null
      ? missing
      : [...missing, finding("data.left-behind", { file: behind.file }), ...stranded(storage)]
  return { candidates, wanted, findings, notes: [] }
}

/** PostgreSQL is wanted and can be dialled. */
function chooseWithPrimary(
  settings: Settings,
  facts: HostFacts,
  storage: Storage,
  parts: PostgresParts,
): Choice {
  const { sources, database } = settings
  const repaired = database.verdict === "repaired" ? "was repaired" : "is valid"
  const primary: PostgresCandidate = Object.freeze({
    kind: "postgresql",
    parts,
    reason: `What ${sources.database} gives ${repaired}.`,
  })
  const target = [...targetFindings(parts, facts), ...notReturned(storage)]
  const behind = leftBehind(storage)
  const alone =
    settings.engine === "postgresql" ? "DATABASE_ENGINE is postgresql" : "DATABASE_FALLBACK is off"
  if (settings.engine === "postgresql" || settings.fallback === "off") {
    const note =
      behind === null ? [] : [`${behind.file} may hold rows that are not in PostgreSQL; it is left alone.`]
    return {
      candidates: [primary],
      wanted: null,
      findings: [...target, ...stranded(storage)],
      notes: [...note, `No fallback: ${alone}.`],
    }
  }
  if (behind !== null) {
    const why = "It holds rows that PostgreSQL has never had"
    return {
      candidates: sqliteCandidates("embedded", storage, facts, why),
      wanted: "data.left-behind",
      findings: [...target, finding("data.left-behind", { file: behind.file }), ...stranded(storage)],
      notes: [`PostgreSQL at ${renderTarget(parts)} is not dialled before the rows left behind are settled.`],
    }
  }
  const why = `It stands in when PostgreSQL does not serve (${settings.fallback})`
  const candidates = [primary, ...sqliteCandidates("fallback", storage, facts, why)]
  const file = owedFile(storage)
  if (file === null) return { candidates, wanted: null, findings: target, notes: [] }
  return {
    candidates,
    wanted: null,
    owed: "journal.owed",
    findings: [...target, finding("journal.owed", { file })],
    notes: [`${file} holds writes that are not handed back: it serves until they are.`],
  }
}

/** The code that says why the variables gave nothing to dial; null where they do not mean PostgreSQL. */
function reasonOf({ database }: Settings): FindingCode | null {
  if (database.dialect !== null) return null
  const reason = database.findings.find(
    ({ code, severity }) => severity === "error" || code === "url.unresolved-reference",
  )
  return reason?.code ?? null
}

function verdictOf(settings: Settings): string {
  const reason = reasonOf(settings)
  return reason === null
    ? renderVerdict(settings.database)
    : `${renderVerdict(settings.database)} (${reason})`
}

function missingWhat({ database }: Settings): string {
  return database.dialect === "sqlite" ? "DATABASE_URL names a SQLite location" : "DATABASE_URL is not set"
}

function hostOf({ host, detectedBy }: HostFacts): string {
  if (detectedBy === null) return host.kind === "local" ? "a plain machine" : host.name
  return `a ${host.name} (known by ${detectedBy})`
}

function traceOf(candidate: Candidate): string {
  if (candidate.kind === "postgresql")
    return `PostgreSQL at ${renderTarget(candidate.parts)}. ${candidate.reason}`
  return `SQLite at ${candidate.file} (${candidate.role}). ${candidate.reason}`
}
