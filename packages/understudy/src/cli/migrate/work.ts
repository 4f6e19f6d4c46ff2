import type { EngineDialect } from "../../engine/contract.ts"
import { finding, type Finding } from "../../errors/finding.ts"
import { isUnderstudyError } from "../../errors/understudy-error.ts"
import type { OpenContext, Opened } from "../../failover/open-candidate.ts"
import { whileAnswering } from "../../failover/while-answering.ts"
import { migrate } from "../../migrate/migrate.ts"
import { previewMigrations, type EnginePreview, type MigrationPreview } from "../../migrate/preview.ts"
import type { Candidate, Plan } from "../../plan/plan.ts"
import type { LoadedMigrations } from "./load-migrations.ts"
import { problemOf, type MigrateReport, type Problem } from "./report.ts"
import { chooseTarget, closeTarget, describeTarget, executedOn, openTarget, problemFor } from "./target.ts"

/** What the command works with. */
export interface MigrateWork extends OpenContext {
  readonly plan: Plan
  readonly loaded: LoadedMigrations
  /** Only look? */
  readonly planOnly: boolean
}

/** The names of engines for people. */
export const ENGINE_NAMES: Readonly<Record<EngineDialect, string>> = {
  postgresql: "PostgreSQL",
  sqlite: "SQLite",
}

/** Runs what is pending on the engine that the plan leads to, or only tells of it. Never throws for what a database does. */
export async function runMigrateWork(work: MigrateWork): Promise<MigrateReport> {
  const { plan, loaded, planOnly } = work
  const candidate = chooseTarget(plan)
  const found = plan.findings.filter(({ severity, code }) => severity === "error" || code === plan.wanted)
  const nothing = {
    planOnly,
    database: candidate === null ? null : describeTarget(candidate),
    executed: [],
    applied: [],
    pending: [],
    ahead: [],
    passedOver: loaded.passedOver,
    problems: found,
  }
  const previews = await previewMigrations(loaded.migrations)
  if (candidate === null) return { ...nothing, pending: previews.map((each) => masked(each, work)) }
  const executed = await executedOn(candidate, work)
  if ("code" in executed) return { ...nothing, problems: [...found, executed] }
  const known = Object.keys(loaded.migrations)
  const pending = previews.filter(({ name }) => !executed.includes(name)).map((each) => masked(each, work))
  const report: MigrateReport = {
    ...nothing,
    executed,
    pending,
    ahead: executed.filter((name) => !known.includes(name)),
    problems: [...found, ...refusals(pending, plan)],
  }
  if (planOnly || pending.length === 0 || report.problems.length > found.length) return report
  return run(candidate, work, report)
}

async function run(candidate: Candidate, work: MigrateWork, before: MigrateReport): Promise<MigrateReport> {
  const opened = await openTarget(candidate, work)
  if ("code" in opened) return { ...before, problems: [...before.problems, opened] }
  const problems = [...before.problems, ...opened.findings]
  try {
    const { engine } = opened
    const { applied, ahead } = await whileAnswering(engine, migrate(engine, work.loaded.migrations))
    const pending = before.pending.filter(({ name }) => !applied.includes(name))
    return { ...before, applied, ahead, pending, problems }
  } catch (error) {
    return { ...before, problems: [...problems, failure(candidate, error, work)] }
  } finally {
    await closeTarget(opened satisfies Opened)
  }
}

function failure(candidate: Candidate, error: unknown, work: MigrateWork): Problem {
  if (!isUnderstudyError(error, "UNDERSTUDY_MIGRATION_FAILED")) return problemFor(candidate, error, work)
  return { ...problemOf(error), message: work.redact(error.message) }
}

/** What an engine of the plan refuses. The other one, which will never serve, is shown and is no problem. */
function refusals(pending: readonly MigrationPreview[], plan: Plan): Finding[] {
  const engines = [...new Set(plan.candidates.map(({ kind }) => kind))]
  return pending.flatMap((preview) =>
    engines.flatMap((engine) => {
      const { end } = preview[engine]
      if (end.kind !== "refused") return []
      const { detail, instead } = end
      return [
        finding("migration.not-portable", {
          migration: preview.name,
          engine: ENGINE_NAMES[engine],
          detail,
          instead,
        }),
      ]
    }),
  )
}

/** A migration may hold in its SQL what the environment gave it. */
function masked(preview: MigrationPreview, { redact }: OpenContext): MigrationPreview {
  const maskedOne = ({ statements, end }: EnginePreview): EnginePreview => ({
    statements: statements.map(redact),
    end:
      end.kind === "complete"
        ? end
        : end.kind === "asks"
          ? { ...end, statement: redact(end.statement) }
          : { ...end, detail: redact(end.detail) },
  })
  return {
    name: preview.name,
    postgresql: maskedOne(preview.postgresql),
    sqlite: maskedOne(preview.sqlite),
  }
}
