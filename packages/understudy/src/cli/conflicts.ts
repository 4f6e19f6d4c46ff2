import type { ParkedTransaction } from "../replay/parked.ts"
import type { Command } from "commander"
import type { Client } from "pg"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { listParked, showParked } from "../replay/parked-list.ts"
import { dismissParked, reapplyParked, SettleError } from "../replay/settle.ts"
import { settleProblem, unknownConflict } from "../replay/settle-problem.ts"
import { renderConflict, renderConflicts } from "./conflicts/render.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { onPrimary } from "./on-primary.ts"
import { describePrimary, readGround } from "./primary-ground.ts"
import { renderNoPrimary, renderProblem, renderProblems } from "./render-problem.ts"

const HELP = `
Without a verb, those are listed that wait for a decision. A service that runs may stay up. docs/conflicts.md says what
a conflict is, and how it is settled.

Exit code: 0, 1 where it was not done, 64 where the command line is wrong.`

const ID = ["<id>", "the number that `understudy conflicts` lists it by"] as const

/** More are not shown at once. */
const MOST_LISTED = 1_000

interface ListFlags {
  readonly all?: boolean
  readonly json?: boolean
}

/** Adds `understudy conflicts`: what the fallback took and PostgreSQL did not take over, seen and settled. */
export function addConflictsCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  const conflicts = program
    .command("conflicts")
    .description("list, show and settle the writes of a fallback that met other rows in PostgreSQL")
    .addHelpText("after", HELP)
  conflicts
    .command("list", { isDefault: true })
    .description("list what is parked and waits for a decision")
    .option("--all", "and what is settled, for 90 days")
    .option("--json", "print JSON, in the form of docs/conflicts.md")
    .action(async (flags: ListFlags) => end(await list(io, flags)))
  conflicts
    .command("show")
    .description("show one with its rows: before it, as it would have them, and as they are now")
    .argument(...ID)
    .option("--json", "print JSON, in the form of docs/conflicts.md")
    .action(async (id: string, { json = false }: { json?: boolean }) => end(await show(io, id, json)))
  conflicts
    .command("apply")
    .description("apply one to the rows as they are now, all of it or nothing")
    .argument(...ID)
    .option("--force", "whatever those rows are; what it overwrites is kept beside it")
    .action(async (id: string, { force = false }: { force?: boolean }) => end(await apply(io, id, force)))
  conflicts
    .command("dismiss")
    .description("give one up; it can be shown for 90 days")
    .argument(...ID)
    .action(async (id: string) =>
      end(
        await work(io, id, async (client) => {
          await dismissParked(client, id)
          return `Conflict ${id} is dismissed.\n`
        }),
      ),
    )
}

function list(io: CommandIo, { all = false, json = false }: ListFlags): Promise<ExitCode> {
  return work(io, "", async (client, target) => {
    const state = all ? "all" : "open"
    const found = await listParked(client, { state, limit: MOST_LISTED + 1 })
    const isMore = found.length > MOST_LISTED
    const conflicts: readonly ParkedTransaction[] = found.slice(0, MOST_LISTED)
    return json ? renderJson({ conflicts, isMore }) : renderConflicts({ target, conflicts, isMore, all })
  })
}

function show(io: CommandIo, id: string, json: boolean): Promise<ExitCode> {
  return work(io, id, async (client) => {
    const shown = await showParked(client, id)
    if (shown === undefined) throw unknownConflict(id)
    return json ? renderJson(shown) : renderConflict(shown)
  })
}

function apply(io: CommandIo, id: string, force: boolean): Promise<ExitCode> {
  return work(io, id, async (client) => {
    const { changes, overwritten } = await reapplyParked(client, id, { force })
    const rows = `${changes} ${changes === 1 ? "row" : "rows"}`
    const over = overwritten === 0 ? "" : `, ${overwritten} of them over what somebody else wrote`
    return `Conflict ${id} is applied: ${rows}${over}.\n`
  })
}

function renderJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** Works on the primary, and prints what that gives, or why it could not be done. */
async function work(
  io: CommandIo,
  id: string,
  act: (client: Client, target: string) => Promise<string>,
): Promise<ExitCode> {
  const ground = readGround(io)
  const { primary, settings } = ground
  if (primary === null) return refuse(io, renderNoPrimary(ground.plan))
  const outcome = await onPrimary(primary, ground, settings.statementTimeoutMs, async (client) => {
    try {
      return { text: await act(client, describePrimary(primary)) }
    } catch (error) {
      if (error instanceof SettleError) return { refusal: settleProblem(id, error) }
      if (error instanceof UnderstudyError) return { refusal: error }
      throw error
    }
  })
  if ("problem" in outcome) return refuse(io, renderProblems([outcome.problem]))
  const { text, refusal } = outcome.value
  if (refusal !== undefined) return refuse(io, renderRefusal(refusal))
  io.out(text ?? "")
  return EXIT.ok
}

function renderRefusal(error: UnderstudyError): string {
  const { code, message, remedy, docs } = error
  return ["Not done", ...renderProblem({ code, message, remedy, docs, severity: "error" }), ""].join("\n")
}

function refuse(io: CommandIo, text: string): ExitCode {
  io.out(text)
  return EXIT.found
}
