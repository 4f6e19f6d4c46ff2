import { expect, test } from "vitest"
import { conclude } from "../../src/doctor/conclude.ts"
import { REPORT_VERSION, type Step } from "../../src/doctor/report.ts"
import { finding, type FindingCode } from "../../src/errors/finding.ts"
import { resolveDatabase } from "../../src/plan/resolve-database.ts"
import { hostFacts, settingsOf } from "../settings/ground.ts"

function adviceFor(suspicion: FindingCode, error: FindingCode): string {
  const facts = hostFacts("space")
  const settings = settingsOf({ DATABASE_URL: "postgresql://app:pw@db.example.com/app" }, facts)
  const step: Step = { name: "tcp", status: "failed", text: "", tookMs: 1, findings: [finding(error)] }
  const host = { endpoint: "db.example.com:5432", provider: null, steps: [step], serves: false }
  const { summary } = conclude({
    settings,
    plan: resolveDatabase(settings, facts),
    report: {
      version: REPORT_VERSION,
      value: { source: "DATABASE_URL", verdict: "ok", lines: [], repaired: null, findings: [] },
      settings: [],
      primary: { hosts: [host], skipped: null, findings: [finding(suspicion)] },
      storage: { steps: [], skipped: null, findings: [] },
    },
  })
  return summary.slice(summary.indexOf("; first: ") + "; first: ".length)
}

test.each<[FindingCode, FindingCode, string]>([
  ["host.supabase-direct", "primary.dns", "use the session pooler's URL"],
  ["host.supabase-direct", "primary.unreachable", "use the session pooler's URL"],
  ["host.supabase-direct", "primary.auth-failed", "copy user and password anew"],
  ["host.pooler-user", "primary.auth-failed", "use the user postgres.<ref>"],
  ["host.localhost", "primary.refused", "use the name of the database's service"],
  ["host.port-blocked", "primary.timeout", "if the connection times out"],
  ["host.port-blocked", "primary.refused", "check that the server runs"],
])("promise 2: where %s was suspected and %s is found, the advice is to %s", (suspicion, error, advice) => {
  expect(adviceFor(suspicion, error).startsWith(advice)).toBe(true)
})
