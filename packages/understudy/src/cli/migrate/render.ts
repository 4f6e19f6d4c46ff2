import type { EnginePreview, MigrationPreview } from "../../migrate/preview.ts"
import { renderProblem } from "../render-problem.ts"
import type { MigrateReport } from "./report.ts"
import { ENGINE_NAMES } from "./work.ts"

/** The report for people. */
export function renderText(report: MigrateReport): string {
  const { planOnly, database, executed, applied, pending, ahead, passedOver, problems } = report
  return [
    `Database: ${database ?? "none to migrate"}`,
    ...(database === null ? [] : [`Ran before: ${listed(executed)}`]),
    ...(planOnly || database === null ? [] : [`Ran now: ${listed(applied)}`]),
    `Pending: ${listed(pending.map(({ name }) => name))}`,
    ...(ahead.length === 0 ? [] : [`In the database only: ${listed(ahead)}`]),
    ...(passedOver.length === 0 ? [] : [`No migrations: ${listed(passedOver)}`]),
    ...(planOnly ? pending.flatMap(renderPreview) : []),
    ...(problems.length === 0 ? [] : ["", "Findings", ...problems.flatMap(renderProblem)]),
    "",
  ].join("\n")
}

/** The report as JSON, in the form of docs/migrate.md. */
export function renderJson(report: MigrateReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ")
}

function renderPreview({ name, postgresql, sqlite }: MigrationPreview): string[] {
  return [
    "",
    name,
    `  ${ENGINE_NAMES.postgresql}`,
    ...renderEngine(postgresql),
    `  ${ENGINE_NAMES.sqlite}`,
    ...renderEngine(sqlite),
  ]
}

function renderEngine({ statements, end }: EnginePreview): string[] {
  const lines = statements.map((statement) => indented(`${statement};`))
  switch (end.kind) {
    case "complete":
      return lines.length === 0 ? [indented("-- nothing")] : lines
    case "asks":
      return [
        ...lines,
        indented(`${end.statement};`),
        indented("-- The answer decides what follows, which cannot be shown."),
      ]
    case "refused":
      return [...lines, indented(`-- refused: ${end.detail}. ${end.instead}`)]
    case "failed":
      return [...lines, indented(`-- failed without rows: ${end.detail}`)]
    default:
      return end satisfies never
  }
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "    ")
}
