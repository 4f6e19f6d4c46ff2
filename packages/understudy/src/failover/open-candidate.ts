import { dirname } from "node:path"
import type { Redactor } from "../base/redact.ts"
import { finding, type Finding } from "../errors/finding.ts"
import { isUnderstudyError } from "../errors/understudy-error.ts"
import type { Engine } from "../engine/contract.ts"
import { detailOf, diagnose } from "../engine/postgres/diagnose.ts"
import { PostgresEngine } from "../engine/postgres/engine.ts"
import type { PostgresOptions } from "../engine/postgres/options.ts"
import { claimFile, type FileClaim } from "../engine/sqlite/claim-file.ts"
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

/** A SQLite engine that was opened, with the file that it got. */
export interface OpenedFile extends Opened {
  readonly engine: SqliteEngine
  /** Absolute, or `:memory:`. It may be another one than was asked for: see `claimFile`. */
  readonly file: string
  /** The file that holds a copy of the primary, or may hold one, and in whose place this one is; null: there is none. */
  readonly hiddenCopy: string | null
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

/** How a candidate is opened. */
export interface OpenLimits {
  /** Does a mirror use the primary beside the engine? Default: no. */
  readonly mirrored?: boolean
  readonly signal: AbortSignal
}

/** Opens a candidate of the plan. @throws OpenFailure */
export async function openCandidate(
  candidate: Candidate,
  context: OpenContext,
  limits: OpenLimits,
): Promise<Opened | OpenedFile> {
  return candidate.kind === "postgresql"
    ? openPostgres(candidate, context, limits)
    : openSqlite(candidate, context)
}

/** Connections that the mirror has for itself: it follows on one, and copies on another. */
const MIRROR_CONNECTIONS = 2
/** The least that is left, one for sessions and one for probes. */
const LEAST_CONNECTIONS = 2

/** How the primary is dialled; `mirrored`: the mirror's connections are not among its own. */
export function postgresOptions(
  { parts }: PostgresCandidate,
  { settings, values }: OpenContext,
  mirrored: boolean,
): PostgresOptions {
  const { poolMax, connectTimeoutMs, statementTimeoutMs } = settings
  const own = mirrored ? Math.max(LEAST_CONNECTIONS, poolMax - MIRROR_CONNECTIONS) : poolMax
  return { parts, poolMax: own, connectTimeoutMs, statementTimeoutMs, values }
}

async function openPostgres(
  candidate: PostgresCandidate,
  context: OpenContext,
  { mirrored = false, signal }: OpenLimits,
): Promise<Opened> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(context.settings.connectTimeoutMs)])
  const options = postgresOptions(candidate, context, mirrored)
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

/** Claims a file and opens it. @throws OpenFailure */
export function openSqlite(candidate: SqliteCandidate, context: OpenContext): OpenedFile {
  const claim = (() => {
    try {
      return claimFile(candidate.file)
    } catch (error) {
      throw storageFailure(candidate.file, error)
    }
  })()
  return openClaimed(candidate, claim, context)
}

/** Opens a file that was claimed. Gives the claim up where it cannot be opened. @throws OpenFailure */
export function openClaimed(
  { role, copyFile, lastResort }: SqliteCandidate,
  claim: Pick<FileClaim, "file" | "findings" | "release">,
  { settings, values }: OpenContext,
): OpenedFile {
  try {
    const engine = new SqliteEngine({
      file: claim.file,
      role,
      synchronous: settings.synchronous ?? (role === "fallback" ? "full" : "normal"),
      waitMs: settings.statementTimeoutMs,
      values,
    })
    const findings = [...claim.findings, ...(lastResort ? [MEMORY_INSTEAD] : [])]
    const hiddenCopy = claim.file === copyFile ? null : copyFile
    return { engine, file: claim.file, hiddenCopy, findings, release: () => claim.release() }
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
