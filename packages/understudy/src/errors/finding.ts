import { DOCTOR_FINDINGS, type DoctorFindingCode } from "./findings/doctor-findings.ts"
import type { FindingEntry, Severity } from "./findings/entry.ts"
import { JOURNAL_FINDINGS, type JournalFindingCode } from "./findings/journal-findings.ts"
import { MIRROR_FINDINGS, type MirrorFindingCode } from "./findings/mirror-findings.ts"
import { PLAN_FINDINGS, type PlanFindingCode } from "./findings/plan-findings.ts"
import { PRIMARY_FINDINGS, type PrimaryFindingCode } from "./findings/primary-findings.ts"
import { REMOVAL_FINDINGS, type RemovalFindingCode } from "./findings/removal-findings.ts"
import { SETTINGS_FINDINGS, type SettingsFindingCode } from "./findings/settings-findings.ts"
import { TLS_FINDINGS, type TlsFindingCode } from "./findings/tls-findings.ts"
import { URL_FINDINGS, type UrlFindingCode } from "./findings/url-findings.ts"
import { docsLink, fillTemplate, type Details } from "./template.ts"

/** The code of a finding, stable across versions. */
export type FindingCode =
  | UrlFindingCode
  | SettingsFindingCode
  | PlanFindingCode
  | PrimaryFindingCode
  | MirrorFindingCode
  | JournalFindingCode
  | TlsFindingCode
  | DoctorFindingCode
  | RemovalFindingCode

/** Every finding's code with its texts. `docs/findings.md` is made from this. */
export const FINDINGS: Readonly<Record<FindingCode, FindingEntry>> = {
  ...URL_FINDINGS,
  ...SETTINGS_FINDINGS,
  ...PLAN_FINDINGS,
  ...PRIMARY_FINDINGS,
  ...MIRROR_FINDINGS,
  ...JOURNAL_FINDINGS,
  ...TLS_FINDINGS,
  ...DOCTOR_FINDINGS,
  ...REMOVAL_FINDINGS,
}

/** One diagnosed fact. Frozen; never holds a secret. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** Generic text, fit for a public page. */
  readonly title: string
  /** Specific text: may name hosts, folders and positions; not for the public. */
  readonly message: string
  readonly remedy: string
  /** Where it is documented. */
  readonly docs: string
  /** Where in the value that was read, the first character being 1; left out where it has no place there. */
  readonly position?: number
}

/** Makes a finding of the catalogue's texts and these details. */
export function finding(code: FindingCode, details: Details = {}): Finding {
  const entry = FINDINGS[code]
  const { position } = details
  return Object.freeze({
    code,
    severity: entry.severity,
    title: entry.title,
    message: fillTemplate(entry.message, details),
    remedy: fillTemplate(entry.remedy, details),
    docs: docsLink("findings", code),
    ...(typeof position === "number" ? { position } : {}),
  })
}
