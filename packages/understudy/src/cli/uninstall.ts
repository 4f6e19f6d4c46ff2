import type { Command } from "commander"
import { findOwnObjects, type OwnObjects } from "../journal/own-objects.ts"
import { uninstall } from "../journal/uninstall.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { changePrimary, onPrimary } from "./on-primary.ts"
import { describePrimary, readGround } from "./primary-ground.ts"
import { renderNoPrimary, renderProblems } from "./render-problem.ts"

const HELP = `
The program's tables and their rows stay. A service that runs makes it all again: end it first, or start it with
DATABASE_MIRROR=off.

Exit code: 0 where nothing of it is there any more, 1 where it was not done, 64 where the command line is wrong, or
there is no terminal to ask on and no --yes.`

/** Adds `understudy uninstall`: drops what Understudy made on the primary, after it was confirmed. */
export function addUninstallCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  program
    .command("uninstall")
    .description("drop from PostgreSQL what Understudy made there")
    .option("--yes", "do not ask")
    .addHelpText("after", HELP)
    .action(async ({ yes }: { yes?: boolean }) => end(await removeAll(io, yes === true)))
}

async function removeAll(io: CommandIo, isConfirmed: boolean): Promise<ExitCode> {
  const ground = readGround(io)
  const { primary } = ground
  if (primary === null) return refuse(io, renderNoPrimary(ground.plan))
  const target = describePrimary(primary)
  const found = await onPrimary(primary, ground, ground.settings.statementTimeoutMs, findOwnObjects)
  if ("problem" in found) return refuse(io, renderProblems([found.problem]))
  if (found.value === null) return nothingThere(io, target)
  io.out(`${target}: this is dropped, and no table of the program's:\n${listed(found.value)}`)
  if (!isConfirmed) {
    if (io.ask === undefined) {
      io.err("error: there is no terminal to ask on: give --yes\n")
      return EXIT.usage
    }
    if (!/^y(es)?$/i.test((await io.ask("Drop it? [y/N] ")).trim()))
      return refuse(io, "Nothing was dropped.\n")
  }
  const outcome = await changePrimary(primary, ground, (client) => uninstall(client))
  if ("problem" in outcome) return refuse(io, renderProblems([outcome.problem]))
  if (outcome.value === null) return nothingThere(io, target)
  const left = outcome.value.mayDropSchema
    ? ""
    : "The schema understudy belongs to another role: it stays, empty.\n"
  io.out(`Dropped:\n${listed(outcome.value)}${left}`)
  return EXIT.ok
}

function nothingThere(io: CommandIo, target: string): ExitCode {
  io.out(`${target}: there is nothing of Understudy's.\n`)
  return EXIT.ok
}

function refuse(io: CommandIo, text: string): ExitCode {
  io.out(text)
  return EXIT.found
}

function listed({
  mayDropSchema,
  tables,
  sequences,
  captures,
  functions,
  capturedTables,
}: OwnObjects): string {
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ["schema", mayDropSchema ? ["understudy"] : []],
    ["tables", tables],
    ["sequences", sequences],
    ["functions", [...captures, ...functions]],
    ["triggers on", capturedTables],
  ]
  return lines
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `  ${what}: ${names.join(", ")}\n`)
    .join("")
}
