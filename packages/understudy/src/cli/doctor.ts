import { InvalidArgumentError, type Command } from "commander"
import { systemClock } from "../base/clock.ts"
import { renderJson } from "../doctor/render-json.ts"
import { renderText } from "../doctor/render-text.ts"
import { findingsOf } from "../doctor/report.ts"
import { runDoctor, type ValueSource } from "../doctor/run-doctor.ts"
import { LARGEST_CHECKED_BYTES } from "../engine/sqlite/file-check.ts"
import { readEnvironment, type Environment } from "../environment/environment.ts"
import { gatherHostFacts } from "../host/gather.ts"
import { thisMachine } from "../host/machine.ts"
import { resolveDatabase } from "../plan/resolve-database.ts"
import { parseSettings } from "../settings/parse-settings.ts"
import { readDuration } from "../settings/readers.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"

interface DoctorFlags {
  readonly json?: boolean
  readonly timeout?: number
}

/** Lines of files and mails. */
const WIDTH_WITHOUT_TERMINAL = 80

/** Longer lines are hard to read. */
const WIDEST = 120

const HELP = `
The URL is that of the environment (and .env) unless one is given; - reads it from standard input.
Every wait for a server has a deadline: DATABASE_CONNECT_TIMEOUT, or --timeout. A SQLite file above
${LARGEST_CHECKED_BYTES / 2 ** 20} MiB, its log included, is not checked for damage; the command to do it is printed.

Exit code: 0, 1 where a finding is an error, 64 where the command line is wrong.`

/** Adds `understudy doctor`: what is wrong with a database URL, and with what stands behind it, step by step. */
export function addDoctorCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  program
    .command("doctor")
    .description("examine a database URL and what stands behind it, step by step")
    .argument("[url]", "the URL to examine; - for standard input; other users of the machine see an argument")
    .option("--json", "print JSON, in the form of docs/doctor.md")
    .option("--timeout <duration>", "how long each wait may take: 500ms, 3s", readTimeout)
    .addHelpText("after", HELP)
    .action(async (url: string | undefined, flags: DoctorFlags) => {
      const source = url === undefined ? "environment" : url === "-" ? "standard input" : "argument"
      // The line break at the end is that of the line.
      const databaseUrl = url === "-" ? ((await io.input?.()) ?? "").replace(/\r?\n$/, "") : url
      end(await examine(io, flags, source, databaseUrl))
    })
}

async function examine(
  io: CommandIo,
  flags: DoctorFlags,
  source: ValueSource,
  databaseUrl: string | undefined,
): Promise<ExitCode> {
  const environment = readEnvironment(io.env, databaseUrl === undefined ? {} : { databaseUrl })
  const hostFacts = gatherHostFacts(environment, thisMachine(environment), { keepFolders: false })
  const settings = parseSettings(environment, hostFacts)
  const report = await runDoctor({
    environment,
    hostFacts,
    settings,
    plan: resolveDatabase(settings, hostFacts),
    source,
    timeoutMs: flags.timeout ?? settings.connectTimeoutMs,
    clock: systemClock,
  })
  const width = Math.min(WIDEST, io.terminal?.columns ?? WIDTH_WITHOUT_TERMINAL)
  io.out(
    flags.json === true
      ? renderJson(report)
      : renderText(report, { width, color: wantsColor(environment, io) }),
  )
  return findingsOf(report).some(({ severity }) => severity === "error") ? EXIT.found : EXIT.ok
}

/** As Node itself has it: FORCE_COLOR goes before NO_COLOR, and that before what the output is. */
function wantsColor({ values }: Environment, io: CommandIo): boolean {
  const forced = values.FORCE_COLOR?.trim().toLowerCase()
  if (forced !== undefined) return forced !== "0" && forced !== "false"
  return values.NO_COLOR === undefined && io.terminal !== undefined
}

function readTimeout(text: string): number {
  const read = readDuration(text, 100, 5 * 60_000)
  if ("value" in read) return read.value
  throw new InvalidArgumentError(`${read.rule}.`)
}
