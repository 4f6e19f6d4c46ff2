import type { Command } from "commander"
import { discardFrom } from "./journal/discard.ts"
import { examineJournal } from "./journal/examine.ts"
import { renderJournal } from "./journal/render.ts"
import { showJournal, type ShowFlags } from "./journal/show.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { readGround } from "./primary-ground.ts"

const HELP = `
Without a verb, the status is shown. What a service that runs has taken is handed back by itself when PostgreSQL returns.

Exit code: 0, 1 where a finding is an error or it was not done, 64 where the command line is wrong, 66 where there is no
such origin.`

const DISCARD_HELP = `
No service may hold the file: end it first. The oldest origin of a file goes first, since what was written later goes on
from it. \`understudy journal show --origin ORIGIN --json\` prints what it holds.

Exit code: 0 where it is given up, 1 where it was not done, 64 where the command line is wrong, or there is no terminal to
ask on and no --yes, 66 where there is no such origin.`

/** Adds `understudy journal`: what the fallback has taken and not handed back, seen and given up. */
export function addJournalCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  const journal = program
    .command("journal")
    .description("what the fallback has taken and not handed back to PostgreSQL")
    .addHelpText("after", HELP)
  journal
    .command("status", { isDefault: true })
    .description("show how much it is, since when, and for which PostgreSQL")
    .option("--json", "print JSON, in the form of docs/conflicts.md")
    .action(async ({ json }: { json?: boolean }) => {
      const report = await examineJournal(readGround(io))
      io.out(json === true ? `${JSON.stringify(report, null, 2)}\n` : renderJournal(report))
      end(report.problems.some(({ severity }) => severity === "error") ? EXIT.found : EXIT.ok)
    })
  journal
    .command("show")
    .description("show the rows")
    .option("--origin <origin>", "of this origin alone")
    .option("--limit <changes>", "how many changes of an origin are enough; default: 100")
    .option("--json", "print JSON, in the form of docs/conflicts.md")
    .action((flags: ShowFlags) => end(showJournal(io, flags)))
  journal
    .command("discard")
    .description("give up what an origin holds, for ever")
    .requiredOption("--origin <origin>", "as `understudy journal` shows it")
    .option("--yes", "do not ask")
    .addHelpText("after", DISCARD_HELP)
    .action(async ({ origin, yes }: { origin: string; yes?: boolean }) =>
      end(await discardFrom(io, origin, yes === true)),
    )
}
