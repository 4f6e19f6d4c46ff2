import { execFile } from "node:child_process"
import { promisify } from "node:util"

const MOST_OUTPUT_BYTES = 64 * 1024 * 1024

/** What {@link run} may be told. */
export interface RunOptions {
  readonly cwd?: string
  readonly limitMs?: number
}

/**
 * Runs a program and gives what it wrote to standard output, without the last newline.
 * @throws with the end of what it wrote when it fails, is not there, or takes longer than it may (default ten minutes).
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd, limitMs = 600_000 } = options
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      maxBuffer: MOST_OUTPUT_BYTES,
      timeout: limitMs,
      ...(cwd === undefined ? {} : { cwd }),
    })
    return stdout.trimEnd()
  } catch (cause) {
    const { stdout = "", stderr = "", code } = cause as { stdout?: string; stderr?: string; code?: unknown }
    const end = `${stdout}\n${stderr}`.trim().split("\n").slice(-30).join("\n")
    throw new Error(`${program} ${args.slice(0, 6).join(" ")} … ended with ${String(code)}\n${end}`, {
      cause,
    })
  }
}

/** Does the program end with 0? */
export async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  )
}

/** Milliseconds as seconds, for people. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
