import { classifyError } from "../../errors/classify.ts"
import { poolerErrorKind, type PoolerErrorKind } from "../../errors/pooler-errors.ts"
import type { PrimaryFindingCode } from "../../errors/findings/primary-findings.ts"
import type { TlsFindingCode } from "../../errors/findings/tls-findings.ts"
import { ReadOnlyServerError } from "./dial.ts"
import { codeOf } from "./tls-failure.ts"
import { diagnoseTls, namesInstead } from "./diagnose-tls.ts"

const BY_CODE: Readonly<Record<string, PrimaryFindingCode>> = {
  ECONNREFUSED: "primary.refused",
  ENOTFOUND: "primary.dns",
  EAI_AGAIN: "primary.dns",
  ETIMEDOUT: "primary.timeout",
  EHOSTUNREACH: "primary.unreachable",
  ENETUNREACH: "primary.unreachable",
  EHOSTDOWN: "primary.unreachable",
  ENETDOWN: "primary.unreachable",
  EADDRNOTAVAIL: "primary.unreachable",
  ENOENT: "primary.refused",
  ECONNRESET: "primary.disconnected",
  EPIPE: "primary.disconnected",
  "28P01": "primary.auth-failed",
  "28000": "primary.auth-failed",
  "3D000": "primary.database-missing",
  "53300": "primary.too-many-connections",
  "57P03": "primary.starting",
  "57P01": "primary.starting",
  "57P02": "primary.starting",
  "08P01": "primary.misconfigured",
}

const BY_POOLER: Readonly<Record<PoolerErrorKind, PrimaryFindingCode>> = {
  unreachable: "primary.pooler",
  crowded: "primary.too-many-connections",
  authentication: "primary.auth-failed",
  "database-missing": "primary.database-missing",
  misconfigured: "primary.misconfigured",
}

/** A login fails by these too, where they are fatal; as the answer to a statement they mean something else. */
const BY_FATAL_CODE: Readonly<Record<string, PrimaryFindingCode>> = {
  "42501": "primary.not-admitted",
  "55000": "primary.not-admitted",
  "42704": "primary.misconfigured",
  "22023": "primary.misconfigured",
}

const SQLSTATE = /^[0-9A-Z]{5}$/

const BY_TEXT: readonly (readonly [RegExp, PrimaryFindingCode])[] = [
  [/pg_hba\.conf/, "primary.not-admitted"],
  [/timeout/i, "primary.timeout"],
  [/^Connection terminated/, "primary.disconnected"],
  // The answer to the request for TLS was neither "yes" nor "no".
  [/^There was an error establishing an SSL connection/, "primary.not-postgresql"],
  [/password must be a string|SASL/, "primary.auth-failed"],
  [/authentication|Unknown auth/i, "primary.auth-failed"],
  [
    /^(Received unexpected|unexpected message|Unknown message|Invalid message|received invalid)/i,
    "primary.not-postgresql",
  ],
]

/** A finding's code for why PostgreSQL could not be opened. */
export function diagnose(error: unknown): PrimaryFindingCode | TlsFindingCode {
  if (error instanceof AggregateError && error.errors.length > 0) return diagnose(error.errors[0])
  if (error instanceof ReadOnlyServerError) return "primary.read-only"
  if (!(error instanceof Error)) return "primary.failed"
  const tls = diagnoseTls(error)
  if (tls !== null) return tls
  const code = codeOf(error) ?? ""
  const byText = BY_TEXT.find(([pattern]) => pattern.test(error.message))?.[1]
  // Under the code of a refused login.
  if (byText === "primary.not-admitted") return byText
  if (error.name === "TimeoutError") return "primary.timeout"
  const pooler = poolerErrorKind(error)
  if (pooler !== undefined) return BY_POOLER[pooler]
  const isFatal = (error as { severity?: unknown }).severity === "FATAL"
  return (
    BY_CODE[code] ??
    (isFatal ? BY_FATAL_CODE[code] : undefined) ??
    byText ??
    (classifyError(error) === "connection" ? "primary.disconnected" : "primary.failed")
  )
}

/** What is told of the error: its code, or its own text where it has none. Not yet redacted. */
export function detailOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return detailOf(error.errors[0])
  if (!(error instanceof Error)) return "unknown error"
  const names = namesInstead(error)
  if (names !== null) return names
  const code = codeOf(error)
  if (code === undefined) return error.message
  return SQLSTATE.test(code) ? `${error.message}, ${code}` : code
}
