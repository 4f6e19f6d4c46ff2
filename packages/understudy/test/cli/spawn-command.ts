import { spawnSync, type SpawnSyncReturns } from "node:child_process"
import { join } from "node:path"

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts")

/** How the command is run. */
export interface CommandRun {
  readonly cwd: string
  /** All that it has of an environment. */
  readonly env: Record<string, string>
  readonly input?: string
}

/** Runs the command `understudy` as a process of its own, from the sources. */
export function spawnCommand(args: readonly string[], run: CommandRun): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ["--conditions=understudy-source", MAIN, ...args], {
    ...run,
    encoding: "utf8",
  })
}
