import type { Command } from "commander"
import { systemClock } from "../base/clock.ts"
import { allowCapture, removeCapture } from "../journal/uninstall.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { examineMirror } from "./mirror/examine.ts"
import { renderJson, renderText } from "./mirror/render.ts"
import { changePrimary } from "./on-primary.ts"
import { describePrimary, readGround } from "./primary-ground.ts"
import { renderNoPrimary, renderProblems } from "./render-problem.ts"

const STATUS_HELP = `
Nothing is changed. The file is that of \`understudy plan\`; PostgreSQL has DATABASE_CONNECT_TIMEOUT to answer.

Exit code: 0, or 1 where a finding is an error.`

const SWITCH_HELP = `
Exit code: 0, or 1 where it was not done.`

/** Adds `understudy mirror`: the fallback's copy of the primary, and the switch of what it is made of. */
export function addMirrorCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  const mirror = program.command("mirror").description("the fallback's copy of PostgreSQL")
  mirror
    .command("status")
    .description("show each table's copy, its age, and the journal on PostgreSQL")
    .option("--json", "print JSON, in the form of docs/mirror.md")
    .addHelpText("after", STATUS_HELP)
    .action(async ({ json }: { json?: boolean }) => {
      const report = await examineMirror(readGround(io), systemClock)
      io.out(json === true ? renderJson(report) : renderText(report))
      end(report.problems.some(({ severity }) => severity === "error") ? EXIT.found : EXIT.ok)
    })
  mirror
    .command("off")
    .description("take away what captures changes on PostgreSQL, until it is switched on again")
    .addHelpText("after", SWITCH_HELP)
    .action(async () => end(await switchOff(io)))
  mirror
    .command("on")
    .description("let changes be captured on PostgreSQL again")
    .addHelpText("after", SWITCH_HELP)
    .action(async () => end(await switchOn(io)))
}

async function switchOff(io: CommandIo): Promise<ExitCode> {
  const ground = readGround(io)
  const { primary } = ground
  if (primary === null) return refuse(io, renderNoPrimary(ground.plan))
  const outcome = await changePrimary(primary, ground, (client) => removeCapture(client))
  if ("problem" in outcome) return refuse(io, renderProblems([outcome.problem]))
  const target = describePrimary(primary)
  if (outcome.value === null) {
    io.out(`${target}: nothing is captured, and there is no journal.\nDATABASE_MIRROR=off keeps it so.\n`)
    return EXIT.ok
  }
  const { tables, changes, mirrors } = outcome.value
  io.out(
    [
      `${target}: capture is off.`,
      `Triggers dropped from: ${tables.length === 0 ? "no table" : tables.join(", ")}.`,
      `Forgotten: changes ${changes}, mirrors ${mirrors}.`,
      "No service captures anything there until `understudy mirror on`.",
      "",
    ].join("\n"),
  )
  return EXIT.ok
}

async function switchOn(io: CommandIo): Promise<ExitCode> {
  const ground = readGround(io)
  const { primary } = ground
  if (primary === null) return refuse(io, renderNoPrimary(ground.plan))
  const outcome = await changePrimary(primary, ground, (client) => allowCapture(client))
  if ("problem" in outcome) return refuse(io, renderProblems([outcome.problem]))
  const what = outcome.value
    ? "Services that run make their copies anew."
    : "There is no journal yet: the first service that starts makes it."
  io.out(`${describePrimary(primary)}: capture is on.\n${what}\n`)
  return EXIT.ok
}

function refuse(io: CommandIo, text: string): ExitCode {
  io.out(text)
  return EXIT.found
}
