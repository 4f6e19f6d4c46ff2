import { dirname } from "node:path"
import type { Redactor } from "../base/redact.ts"
import { finding, type Finding } from "../errors/finding.ts"
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
export class OpenFailure extends Error {
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
  { parts }: PostgresCandidate,
  { settings, values, redact }: OpenContext,
  signal: AbortSignal,
): Promise<Opened> {
  const { poolMax, connectTimeoutMs, statementTimeoutMs } = settings
  const limit = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)])
  try {
    const engine = await PostgresEngine.open(
      { parts, poolMax, connectTimeoutMs, statementTimeoutMs, values },
      limit,
    )
    return { engine, findings: [], release() {} }
  } catch (error) {
    const details = {
      endpoint: describeEndpoint(parts),
      limitMs: connectTimeoutMs,
      detail: redact(detailOf(error)),
    }
    throw new OpenFailure(finding(diagnose(error), details), error)
  }
}

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
    return { engine, findings: claim.findings, release: () => claim.release() }
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
