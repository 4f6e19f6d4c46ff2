import type { Finding } from "../errors/finding.ts"
import type { Verdict } from "../url/verdict.ts"
import type { MarkedValue } from "./mark-value.ts"

/** The version of the report's form: it is raised when a field changes its meaning or goes. */
export const REPORT_VERSION = 1

/** How one step went. `notice`: it went on, but it is worth a look; `skipped`: it was not tried. */
export type StepStatus = "ok" | "notice" | "failed" | "skipped"

/** What a step looks at. */
export type StepName =
  | "dns"
  | "tcp"
  | "tls"
  | "login"
  | "query"
  | "recovery"
  | "rights"
  | "migrations"
  | "clock"
  | "path"
  | "connections"
  | "folder"
  | "disk"
  | "file"
  | "integrity"
  | "owner"

/** One step: one line. The text holds no secret. */
export interface Step {
  readonly name: StepName
  readonly status: StepStatus
  readonly text: string
  /** Null where nothing was waited for. */
  readonly tookMs: number | null
  readonly findings: readonly Finding[]
}

/** The value that was examined, as people may see it. */
export interface ValueReport {
  /** `DATABASE_URL`, `the argument`, `standard input`, or the names of PG variables. */
  readonly source: string
  readonly verdict: Verdict
  /** One line for the URL, or one for each variable; empty where nothing is set. */
  readonly lines: readonly MarkedValue[]
  /** The repaired URL, masked; null where nothing was repaired. */
  readonly repaired: string | null
  readonly findings: readonly Finding[]
}

/** What a provider's host name says. */
export interface ProviderNote {
  readonly name: string
  readonly advice: string
}

/** One server of the URL. */
export interface HostReport {
  /** `host:port`, or a socket's path; masked where it may be a piece of a password. */
  readonly endpoint: string
  readonly provider: ProviderNote | null
  readonly steps: readonly Step[]
  /** Did it answer, let us in, and does it take writes? */
  readonly serves: boolean
}

/** The PostgreSQL side; `skipped` says why no server was asked. */
export interface PrimaryReport {
  readonly hosts: readonly HostReport[]
  readonly skipped: string | null
  /** What the machine makes of the URL. */
  readonly findings: readonly Finding[]
}

/** The SQLite side; `skipped` says why it was not looked at. */
export interface StorageReport {
  readonly steps: readonly Step[]
  readonly skipped: string | null
  readonly findings: readonly Finding[]
}

/** What would serve. */
export type Serving = "postgresql" | "sqlite" | "nothing"

/** All that the doctor found. Pure data, no secret in it. */
export interface DoctorReport {
  readonly version: typeof REPORT_VERSION
  readonly value: ValueReport
  /** What other settings are wrong. */
  readonly settings: readonly Finding[]
  readonly primary: PrimaryReport
  readonly storage: StorageReport
  readonly serving: Serving
  /** What would serve, and what to change first. */
  readonly summary: string
}

/** Every finding of the report, in the order in which they are read. */
export function findingsOf({
  value,
  settings,
  primary,
  storage,
}: Omit<DoctorReport, "serving" | "summary">): readonly Finding[] {
  return [
    ...value.findings,
    ...settings,
    ...primary.findings,
    ...primary.hosts.flatMap(({ steps }) => steps.flatMap(({ findings }) => findings)),
    ...storage.findings,
    ...storage.steps.flatMap(({ findings }) => findings),
  ]
}
