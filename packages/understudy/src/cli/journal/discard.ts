import { acquireOwnerLock } from "../../engine/sqlite/owner-lock.ts"
import { discardOrigin, tablesOfOldest } from "../../journal/local/pending-origins.ts"
import { settleCopy } from "../../mirror/copy-on-disk.ts"
import { nameOf } from "../holder.ts"
import { EXIT, type CommandIo, type ExitCode } from "../io.ts"
import { printable } from "../printable.ts"
import { readGround } from "../primary-ground.ts"
import { renderProblems } from "../render-problem.ts"
import { journalFiles } from "./examine.ts"
import { pendingIn } from "./find-origin.ts"

/** Gives up what an origin holds, after it was confirmed. */
export async function discardFrom(io: CommandIo, origin: string, isConfirmed: boolean): Promise<ExitCode> {
  const { found: all, problems } = pendingIn(journalFiles(readGround(io)))
  const found = all.find((each) => each.origin.origin === origin)
  if (found === undefined && problems.length > 0) return refuse(io, renderProblems(problems).trimEnd())
  if (found === undefined) {
    io.err("error: no file of the fallback holds this origin\n")
    return EXIT.noInput
  }
  const {
    file,
    origin: { id, changes, oldestAt, newestAt },
  } = found
  io.out(
    `${printable(file)} holds ${changes} row changes of ${oldestAt.toISOString()} to ${newestAt.toISOString()} ` +
      "that PostgreSQL has not. Given up, they are gone for ever.\n",
  )
  if (!isConfirmed) {
    if (io.ask === undefined) {
      io.err("error: there is no terminal to ask on: give --yes\n")
      return EXIT.usage
    }
    if (!/^y(es)?$/i.test((await io.ask("Give them up? [y/N] ")).trim()))
      return refuse(io, "Nothing was given up.")
  }
  const lock = acquireOwnerLock(file)
  if ("heldBy" in lock) return refuse(io, `The file is held by ${nameOf(lock.heldBy)}: end it first.`)
  using owned = lock
  const tables = tablesOfOldest(owned.file, id)
  if (tables === undefined)
    return refuse(io, "It goes on from another origin of the file: give that up first.")
  // First, so that an end half-way loses nothing: the file shows no row then of which it is not sure.
  settleCopy(file, tables)
  discardOrigin(file, id)
  io.out("They are given up.\n")
  return EXIT.ok
}

function refuse(io: CommandIo, text: string): ExitCode {
  io.out(`${text}\n`)
  return EXIT.found
}
