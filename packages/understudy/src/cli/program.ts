import { readFileSync } from "node:fs"
import { Command, CommanderError } from "commander"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { addConflictsCommand } from "./conflicts.ts"
import { addDoctorCommand } from "./doctor.ts"
import { addDrillCommand } from "./drill.ts"
import { addJournalCommand } from "./journal.ts"
import { addMigrateCommand } from "./migrate.ts"
import { addMirrorCommand } from "./mirror.ts"
import { addPlanCommand } from "./plan.ts"
import { addStatusCommand } from "./status.ts"
import { addUninstallCommand } from "./uninstall.ts"

/** Runs the command line's arguments (without node and script) and tells how it ended. Never throws. */
export async function runCommandLine(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  const program = new Command("understudy")
    .description("A PostgreSQL database with an understudy.")
    .version(ownVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(withoutArguments(text)),
    })
  const end = (ended: ExitCode): void => {
    code = ended
  }
  addPlanCommand(program, io, end)
  addDoctorCommand(program, io, end)
  addMigrateCommand(program, io, end)
  addMirrorCommand(program, io, end)
  addStatusCommand(program, io, end)
  addConflictsCommand(program, io, end)
  addJournalCommand(program, io, end)
  addUninstallCommand(program, io, end)
  addDrillCommand(program, io, end)
  try {
    await program.parseAsync([...argv], { from: "user" })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    io.err(`understudy: ${error instanceof Error ? error.name : "error"}: the command failed\n`)
    return EXIT.software
  }
}

/** An argument in the wrong place may be a URL with its password: no message repeats one. */
function withoutArguments(text: string): string {
  return text
    .replace(/(unknown (?:option|command)) '[^]*'/, "$1")
    .replace(/argument '[^]*' is invalid/, "argument is invalid")
    .replace(/(but got \d+): [^]*$/, "$1.\n")
}

/** The same path leads to it from `src` and from `dist`. */
function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8")
  return (JSON.parse(text) as { version: string }).version
}
