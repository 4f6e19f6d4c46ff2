import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { expect, test } from "vitest"
import { useStage } from "./mirrored-program.ts"

const stage = useStage()

test("where no thread may be made there is no mirror, and the rest works (promises 1 and 2)", () => {
  const program = join(import.meta.dirname, "without-threads.ts")
  const rights = ["--permission", "--allow-fs-read=*", "--allow-fs-write=*"]
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=understudy-source", ...rights, program],
    {
      env: { DATABASE_URL: stage.url, DATABASE_PATH: stage.folder, DATABASE_FALLBACK: "read-write" },
      encoding: "utf8",
      timeout: 20_000,
    },
  )
  expect(stderr).not.toContain("node:internal")
  expect(JSON.parse(stdout)).toEqual({
    state: "primary",
    mirror: "absent",
    reason: "mirror.failed",
    rows: [{ id: "a" }],
  })
})
