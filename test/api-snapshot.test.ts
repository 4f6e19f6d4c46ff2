import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { publicSurface } from "./support/public-surface.ts"

test("the public surface is the one that was agreed on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "understudy-api-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const options = ["--noCheck", "--emitDeclarationOnly", "--removeComments", "--outDir", folder]
  const maps = ["--sourceMap", "false", "--declarationMap", "false"]
  const args = ["-p", "packages/understudy/tsconfig.json", ...options, ...maps]
  const { stdout, status } = spawnSync("node_modules/.bin/tsc", args, { encoding: "utf8" })
  expect(status, stdout).toBe(0)

  const manifest = JSON.parse(readFileSync("packages/understudy/package.json", "utf8")) as {
    exports: Record<string, string | { types: string }>
  }
  const sections = Object.entries(manifest.exports).flatMap(([entry, target]) => {
    if (typeof target === "string") return []
    const surface = publicSurface(target.types.replace("./dist", folder))
    expect(surface.length, entry).toBeGreaterThan(0)
    return [`## ${join("understudy-db", entry)}`, ...surface.map(({ declaration }) => declaration)]
  })
  expect(sections.filter((section) => section.endsWith("not found"))).toEqual([])
  await expect(`${sections.join("\n\n")}\n`).toMatchFileSnapshot("api-snapshot.txt")
})
