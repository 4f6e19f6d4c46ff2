import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { expect, test } from "vitest"
import { useStage } from "./mirrored-program.ts"

const stage = useStage()

test("a close is waited for though the primary is away and nothing else keeps the process (promise 1)", async () => {
  const program = join(import.meta.dirname, "closing-program.ts")
  const child = spawn(process.execPath, ["--conditions=understudy-source", program], {
    env: { DATABASE_URL: stage.url, DATABASE_PATH: stage.folder, DATABASE_FALLBACK: "read-write" },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 25_000,
  })
  const ended = once(child, "exit")
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line === "live") await stage.postgres.stop()
  }
  expect(lines).toEqual(["live", "closed"])
  expect(await ended).toEqual([0, null])
})
