import type { Command } from "commander"
import { findOwnObjects, type OwnObjects } from "../journal/own-objects.ts"
import { uninstall } from "../journal/uninstall.ts"
import { lockParked } from "../replay/lock-parked.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { changePrimary, onPrimary } from "./on-primary.ts"
import { describePrimary, readGround } from "./primary-ground.ts"
import { renderNoPrimary, renderProblems } from "./render-problem.ts"
import { findUnsettled, parkedLeft } from "./uninstall/unsettled.ts"

const HELP = `
The program's tables and their rows stay. A service that runs makes it all again: end it first, or start it with
DATABASE_MIRROR=off. Where parked transactions wait for a decision, or a file of the fallback here holds writes that are not
handed back, nothing is dropped without --force: those writes would be lost.

Exit code: 0 where nothing of it is there any more, 1 where it was not done, 64 where the command line is wrong, or
there is no terminal to ask on and no --yes.`

interface UninstallFlags {
  readonly yes?: boolean
  readonly force?: boolean
}

/** Adds `understudy uninstall`: drops what Understudy made on the primary, after it was confirmed. */
export function addUninstallCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  program
    .command("uninstall")
    .description("drop from PostgreSQL what Understudy made there")
    .option("--yes", "do not ask")
    .option("--force", "also where acknowledged writes are lost by it")
    .addHelpText("after", HELP)
    .action(async (flags: UninstallFlags) => end(await removeAll(io, flags)))
}

async function removeAll(io: CommandIo, { yes = false, force = false }: UninstallFlags): Promise<ExitCode> {
  const ground = readGround(io)
  const { primary } = ground
  if (primary === null) return refuse(io, renderNoPrimary(ground.plan))
  const target = describePrimary(primary)
  const found = await onPrimary(primary, ground, ground.settings.statementTimeoutMs, findOwnObjects)
  if ("problem" in found) return refuse(io, renderProblems([found.problem]))
  if (found.value === null) return nothingThere(io, target)
  io.out(`${target}: this is dropped, and no table of the program's:\n${listed(found.value)}`)
  const unsettled = await findUnsettled(primary, ground)
  if (unsettled.length > 0) io.out(renderProblems(unsettled))
  if (unsettled.length > 0 && !force) return refuse(io, "Nothing was dropped.\n")
  if (!yes) {
    if (io.ask === undefined) {
      io.err("error: there is no terminal to ask on: give --yes\n")
      return EXIT.usage
    }
    if (!/^y(es)?$/i.test((await io.ask("Drop it? [y/N] ")).trim()))
      return refuse(io, "Nothing was dropped.\n")
  }
  // What was parked since it was looked at counts too.
  let parked = 0
  const outcome = await changePrimary(primary, ground, (client) =>
    uninstall(client, async () => {
      parked = force ? 0 : await lockParked(client)
      return parked === 0
    }),
  )
  if ("problem" in outcome) return refuse(io, renderProblems([outcome.problem]))
  if (outcome.value === null) return nothingThere(io, target)
  if (outcome.value === "kept")
    return refuse(io, `${renderProblems(parkedLeft(primary, parked))}Nothing was dropped.\n`)
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
