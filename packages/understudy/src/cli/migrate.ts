import type { Command } from "commander"
import { readEnvironment } from "../environment/environment.ts"
import { gatherHostFacts } from "../host/gather.ts"
import { resolveDatabase } from "../plan/resolve-database.ts"
import { parseSettings } from "../settings/parse-settings.ts"
import { settingsRedactor } from "../settings/redactor.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { loadMigrations, NoMigrations, type LoadedMigrations } from "./migrate/load-migrations.ts"
import { renderJson, renderText } from "./migrate/render.ts"
import type { MigrateReport } from "./migrate/report.ts"
import { runMigrateWork } from "./migrate/work.ts"

interface MigrateFlags {
  readonly from: string
  readonly plan?: boolean
  readonly json?: boolean
}

const HELP = `
Of a module, its export \`migrations\` is taken; of a folder, each file that exports \`up\`.
All pending migrations run in one transaction: a failure leaves nothing half done.

Exit code: 0 where nothing is pending any more (with --plan: where all that is pending could run),
1 where a migration failed, was refused, or there is no database to migrate, 64 where the command
line is wrong, 66 where --from gives no migrations.`

/** Adds `understudy migrate`: runs a program's migrations on the engine that the plan leads to, or shows their SQL. */
export function addMigrateCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  program
    .command("migrate")
    .description("run a program's migrations on the engine that the plan leads to")
    .requiredOption("--from <path>", "a module with an export `migrations`, or a folder of files with `up`")
    .option("--plan", "change nothing: print what is pending, and its SQL for each engine")
    .option("--json", "print JSON, in the form of docs/migrate.md")
    .addHelpText("after", HELP)
    .action(async (flags: MigrateFlags) => end(await migrateFrom(flags, io)))
}

async function migrateFrom(flags: MigrateFlags, io: CommandIo): Promise<ExitCode> {
  const environment = readEnvironment(io.env)
  const hostFacts = gatherHostFacts(environment)
  const settings = parseSettings(environment, hostFacts)
  const redact = settingsRedactor(settings)
  let loaded: LoadedMigrations
  try {
    loaded = await loadMigrations(flags.from)
  } catch (error) {
    if (!(error instanceof NoMigrations)) throw error
    io.err(`error: ${redact(error.message)}\n`)
    return EXIT.noInput
  }
  const report = await runMigrateWork({
    plan: resolveDatabase(settings, hostFacts),
    settings,
    values: { int8: "number", timestamptz: "date" },
    redact,
    loaded,
    planOnly: flags.plan === true,
  })
  io.out(flags.json === true ? renderJson(report) : renderText(report))
  return isWell(report) ? EXIT.ok : EXIT.found
}

function isWell({ database, problems }: MigrateReport): boolean {
  return database !== null && !problems.some(({ severity }) => severity === "error")
}
