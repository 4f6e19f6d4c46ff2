import { dirname } from "node:path"
import type { Redactor } from "../base/redact.ts"
import { finding, type Finding } from "../errors/finding.ts"
import { isUnderstudyError } from "../errors/understudy-error.ts"
import type { Engine } from "../engine/contract.ts"
import { detailOf, diagnose } from "../engine/postgres/diagnose.ts"
import { PostgresEngine } from "../engine/postgres/engine.ts"
import { claimFile } from "../engine/sqlite/claim-file.ts"
import { SqliteEngine } from "../engine/sqlite/engine.ts"
import type { ValueOptions } from "../engine/values.ts"
import type { Candidate, PostgresCandidate, SqliteCandidate } from "../plan/plan.ts"
import type { Settings } from "../settings/settings.ts"
import { describeEndpoint } from "../url/render.ts"

/** An engine that was opened, with what was found on the way and what must be given up after its end. */
export interface Opened {
  readonly engine: Engine
  readonly findings: readonly Finding[]
  release(): void
}

/** A candidate that could not be opened, with the finding that says why. */
class OpenFailure extends Error {
  override readonly name = "OpenFailure"
  readonly finding: Finding

  constructor(reason: Finding, cause: unknown) {
    super(reason.message, { cause })
    this.finding = reason
  }
}

/** What opening needs besides the candidate. */
export interface OpenContext {
  readonly settings: Settings
  readonly values: ValueOptions
  readonly redact: Redactor
}

/** Opens a candidate of the plan. @throws OpenFailure */
export function openCandidate(
  candidate: Candidate,
  context: OpenContext,
  signal: AbortSignal,
): Promise<Opened> {
  return candidate.kind === "postgresql"
    ? openPostgres(candidate, context, signal)
    : openSqlite(candidate, context)
}

async function openPostgres(
  candidate: PostgresCandidate,
  context: OpenContext,
  signal: AbortSignal,
): Promise<Opened> {
  const { settings, values } = context
  const { poolMax, connectTimeoutMs, statementTimeoutMs } = settings
  const limit = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)])
  const options = { parts: candidate.parts, poolMax, connectTimeoutMs, statementTimeoutMs, values }
  try {
    const engine = await PostgresEngine.open(options, limit)
    return { engine, findings: engine.findings, release() {} }
  } catch (error) {
    throw new OpenFailure(findingFor(candidate, error, context), error)
  }
}

/** The finding that says why a candidate does not serve. */
export function findingFor(candidate: Candidate, error: unknown, { settings, redact }: OpenContext): Finding {
  if (error instanceof OpenFailure) return error.finding
  if (candidate.kind === "sqlite") return storageFailure(candidate.file, error).finding
  // Behind an error of the catalogue stands the driver's, which tells more.
  const cause = isUnderstudyError(error) ? (error.cause ?? error) : error
  const endpoint = describeEndpoint(candidate.parts)
  return finding(diagnose(cause), {
    endpoint,
    limitMs: settings.connectTimeoutMs,
    detail: redact(detailOf(cause)),
  })
}

/** The plan tells of memory only where it knows beforehand that nothing else is left. */
const MEMORY_INSTEAD = finding("storage.memory", { why: "no file can be used" })

async function openSqlite(candidate: SqliteCandidate, { settings, values }: OpenContext): Promise<Opened> {
  const { role, file } = candidate
  const claim = (() => {
    try {
      return claimFile(file)
    } catch (error) {
      throw storageFailure(file, error)
    }
  })()
  try {
    const engine = new SqliteEngine({
      file: claim.file,
      role,
      synchronous: settings.synchronous ?? (role === "fallback" ? "full" : "normal"),
      waitMs: settings.statementTimeoutMs,
      values,
    })
    const findings = [...claim.findings, ...(candidate.lastResort ? [MEMORY_INSTEAD] : [])]
    return { engine, findings, release: () => claim.release() }
  } catch (error) {
    claim.release()
    throw storageFailure(claim.file, error)
  }
}

function storageFailure(file: string, error: unknown): OpenFailure {
  const detail = error instanceof Error ? error.message : "unknown error"
  return new OpenFailure(
    finding("storage.file-unusable", { folder: dirname(file), detail: `${file}: ${detail}` }),
    error,
  )
}
