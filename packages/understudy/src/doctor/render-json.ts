import type { DoctorReport } from "./report.ts"

/** The report for programs, in the form that `docs/doctor.md` gives. Pure. */
export function renderJson(report: DoctorReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
