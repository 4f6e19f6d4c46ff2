import type { Command } from "commander"
import { examineJournal } from "./journal/examine.ts"
import { renderJournal } from "./journal/render.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { readGround } from "./primary-ground.ts"
import { askInstance } from "./status/ask-instance.ts"
import { renderInstance } from "./status/render.ts"

const HELP = `
The instance is asked where PORT says that it listens, on this machine, as anybody may ask; ADMIN_TOKEN is not sent.
Where none answers, the fallback's files and PostgreSQL are looked at.

Exit code: 0, or 1 where it does not serve, or a finding is an error.`

/** Adds `understudy status`: what the running instance says, or what is found where none runs. */
export function addStatusCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  program
    .command("status")
    .description("show what serves, what is not handed back, and what is parked")
    .option("--path <path>", "where the instance has its health route", "/health")
    .option("--json", "print JSON, in the form of docs/conflicts.md")
    .addHelpText("after", HELP)
    .action(async ({ path, json }: { path: string; json?: boolean }) =>
      end(await status(io, path, json === true)),
    )
}

async function status(io: CommandIo, path: string, json: boolean): Promise<ExitCode> {
  if (!/^(\/[\w.-]+)+$/.test(path)) {
    io.err("error: --path must be a path such as /health\n")
    return EXIT.usage
  }
  const ground = readGround(io)
  const url = `http://${loopbackOf(ground.settings.host)}:${ground.settings.port}${path}`
  const instance = ground.settings.port === 0 ? null : await askInstance(url)
  const journal = instance === null ? await examineJournal(ground) : null
  if (json) io.out(`${JSON.stringify({ instance, journal }, null, 2)}\n`)
  else if (instance !== null) io.out(renderInstance(instance))
  else if (journal !== null) io.out(`No instance answers at ${url}.\n${renderJournal(journal)}`)
  const findings = instance?.findings ?? journal?.problems ?? []
  const isWell = instance?.status !== "fail" && !findings.some(({ severity }) => severity === "error")
  return isWell ? EXIT.ok : EXIT.found
}

/** Where something that listens at this address is reached from this machine. */
function loopbackOf(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1"
  if (host === "::") return "[::1]"
  return host.includes(":") ? `[${host}]` : host
}
