import type { ParkedTransaction } from "../replay/parked.ts"
import type { Command } from "commander"
import type { Client } from "pg"
import { finding, type Finding } from "../errors/finding.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import { detailOf } from "../engine/postgres/diagnose.ts"
import { listParked, showParked } from "../replay/parked-list.ts"
import { dismissParked, reapplyParked } from "../replay/settle.ts"
import { settleFailure } from "../replay/settle-failure.ts"
import { unknownConflict } from "../replay/settle-problem.ts"
import { describeEndpoint } from "../url/render.ts"
import { renderConflict, renderConflicts } from "./conflicts/render.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { onPrimary, type PrimaryFailure } from "./on-primary.ts"
import { describePrimary, readGround, type PrimaryGround } from "./primary-ground.ts"
import { renderNoPrimary, renderProblem, renderProblems } from "./render-problem.ts"

const HELP = `
Without a verb, those are listed that wait for a decision. A service that runs may stay up. docs/conflicts.md says what
a conflict is, and how it is settled.

Exit code: 0, 1 where it was not done, 64 where the command line is wrong, 75 where the connection was lost, or the time
over, and nobody knows whether it was done: \`understudy conflicts show\` tells then.`

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
        await settle(io, id, async (client, committing) => {
          await dismissParked(client, id, { committing })
          return `Conflict ${id} is dismissed.\n`
        }),
      ),
    )
}

function list(io: CommandIo, { all = false, json = false }: ListFlags): Promise<ExitCode> {
  return look(io, async (client, target) => {
    const state = all ? "all" : "open"
    const found = await listParked(client, { state, limit: MOST_LISTED + 1 })
    const isMore = found.length > MOST_LISTED
    const conflicts: readonly ParkedTransaction[] = found.slice(0, MOST_LISTED)
    return json ? renderJson({ conflicts, isMore }) : renderConflicts({ target, conflicts, isMore, all })
  })
}

function show(io: CommandIo, id: string, json: boolean): Promise<ExitCode> {
  return look(io, async (client) => {
    const shown = await showParked(client, id)
    if (shown === undefined) throw unknownConflict(id)
    return json ? renderJson(shown) : renderConflict(shown)
  })
}

function apply(io: CommandIo, id: string, force: boolean): Promise<ExitCode> {
  return settle(io, id, async (client, committing) => {
    const { changes, overwritten } = await reapplyParked(client, id, { force, committing })
    const rows = `${changes} ${changes === 1 ? "row" : "rows"}`
    const over = overwritten === 0 ? "" : `, ${overwritten} of them over what somebody else wrote or deleted`
    return `Conflict ${id} is applied: ${rows}${over}.\n`
  })
}

function renderJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

type Act = (client: Client, target: string) => Promise<string>

/** Looks at what is parked, and prints what that gives, or why it could not be done. */
function look(io: CommandIo, act: Act): Promise<ExitCode> {
  return work(io, act, ({ error }) => (error instanceof UnderstudyError ? error : undefined))
}

/** The same of what settles one: where the connection was lost meanwhile, it may have been done. */
function settle(
  io: CommandIo,
  id: string,
  act: (client: Client, committing: () => void) => Promise<string>,
): Promise<ExitCode> {
  let isCommitting = false
  const committing = (): void => {
    isCommitting = true
  }
  return work(
    io,
    (client) => act(client, committing),
    ({ error, isOver, problem }, limitMs) =>
      settleFailure(error, { id, isCommitting, isOver, limitMs, detail: problem.message }),
  )
}

async function work(
  io: CommandIo,
  act: Act,
  nameFailure: (failure: PrimaryFailure, limitMs: number) => UnderstudyError | undefined,
): Promise<ExitCode> {
  const ground = readGround(io)
  const { primary, settings } = ground
  if (primary === null) return refuse(io, renderNoPrimary(ground.plan))
  const outcome = await onPrimary(primary, ground, settings.statementTimeoutMs, (client) =>
    act(client, describePrimary(primary)),
  )
  if (!("problem" in outcome)) {
    io.out(outcome.value)
    return EXIT.ok
  }
  const failure = nameFailure(outcome, settings.statementTimeoutMs)
  if (failure === undefined) return refuse(io, renderProblems([problemOf(outcome, ground)]))
  io.out(renderRefusal(failure))
  return isUnderstudyError(failure, "UNDERSTUDY_COMMIT_UNKNOWN") ? EXIT.undecided : EXIT.found
}

/** What PostgreSQL refuses here has nothing to do with the tables that are captured. */
function problemOf({ error, isConnected, problem }: PrimaryFailure, ground: PrimaryGround): Finding {
  const isRefused = isConnected && (error as { readonly severity?: unknown }).severity === "ERROR"
  if (!isRefused || ground.primary === null) return problem
  return finding("conflicts.refused", {
    endpoint: describeEndpoint(ground.primary.parts),
    detail: ground.redact(detailOf(error)).replaceAll(/\p{C}+/gu, " "),
  })
}

function renderRefusal(error: UnderstudyError): string {
  const { code, message, remedy, docs } = error
  const heading = error.applied === "unknown" ? "It may have been done" : "Not done"
  return [heading, ...renderProblem({ code, message, remedy, docs, severity: "error" }), ""].join("\n")
}

function refuse(io: CommandIo, text: string): ExitCode {
  io.out(text)
  return EXIT.found
}
