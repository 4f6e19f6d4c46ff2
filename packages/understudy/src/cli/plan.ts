import type { Command } from "commander"
import { readEnvironment } from "../environment/environment.ts"
import { gatherHostFacts } from "../host/gather.ts"
import { thisMachine } from "../host/machine.ts"
import type { Plan } from "../plan/plan.ts"
import { resolveDatabase } from "../plan/resolve-database.ts"
import { describeSettings, type SettingLine } from "../settings/describe-settings.ts"
import { parseSettings } from "../settings/parse-settings.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { renderProblem } from "./render-problem.ts"

/** Adds `understudy plan`: what would serve, and why. It dials nothing, and leaves nothing behind. */
export function addPlanCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  program
    .command("plan")
    .description("print each setting with its source, and each step of the plan with its reason")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExit code: 0, or 1 where a finding is an error.")
    .action(({ json }: { json?: boolean }) => {
      const environment = readEnvironment(io.env)
      const hostFacts = gatherHostFacts(environment, thisMachine(environment), { keepFolders: false })
      const settings = parseSettings(environment, hostFacts)
      const plan = resolveDatabase(settings, hostFacts)
      const lines = describeSettings(settings)
      io.out(json === true ? renderJson(lines, plan) : renderText(lines, plan))
      end(plan.findings.some(({ severity }) => severity === "error") ? EXIT.found : EXIT.ok)
    })
}

function renderJson(settings: readonly SettingLine[], plan: Plan): string {
  return `${JSON.stringify({ settings, ...plan }, null, 2)}\n`
}

function renderText(settings: readonly SettingLine[], plan: Plan): string {
  const widths = [
    widest(settings.map(({ variable }) => variable)),
    widest(settings.map(({ value }) => value)),
  ]
  const table = settings.map(({ variable, value, source }) =>
    `  ${variable.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${source}`.trimEnd(),
  )
  const findings = plan.findings.length === 0 ? ["  none"] : plan.findings.flatMap(renderProblem)
  return [
    "Settings",
    ...table,
    "",
    "Plan",
    ...plan.trace.map((line) => `  ${line}`),
    "",
    "Findings",
    ...findings,
    "",
  ].join("\n")
}

/** One value that is much longer than the rest does not push the others aside. */
function widest(texts: readonly string[]): number {
  return Math.min(48, Math.max(...texts.map(({ length }) => length)))
}
