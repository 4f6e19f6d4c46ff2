import { execFile } from "node:child_process"
import { globSync } from "node:fs"
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { describe, expect, onTestFinished, test } from "vitest"
import { startPostgres } from "understudy-db/testing"
import { codeBlocks } from "../scripts/readme/code-blocks.ts"

/** What each program of a page prints, in the order of the page. Every page with a program stands here. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  "README.md": ["1 open, says sqlite\n"],
  "docs/migrate.md": [""],
  "docs/mirror.md": [
    "{\n  enabled: true,\n  exclude: [ 'events' ],\n  maxRows: 1000000,\n  maxBytes: 268435456\n}\n",
  ],
  "docs/testing.md": [
    "sqlite: 0 left\npostgresql: 0 left\n",
    "1 in PostgreSQL\n",
    "cut: true, and it is known that the write was applied\n",
  ],
}

const pages = new Map(
  await Promise.all(
    ["README.md", "CONTRIBUTING.md", ...globSync("docs/*.md").toSorted()].map(
      async (page) => [page, await readFile(page, "utf8")] as const,
    ),
  ),
)
const programsOf = (page: string): string[] => codeBlocks(pages.get(page) ?? "", "ts")

/** Runs a program in a folder of its own, with nothing in its environment but what is given. */
async function runProgram(program: string, env: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-readme-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await symlink(resolve("node_modules"), join(folder, "node_modules"))
  await writeFile(join(folder, "package.json"), `{ "type": "module" }`)
  await writeFile(join(folder, "example.ts"), program)
  const args = ["--conditions=understudy-source", "example.ts"]
  const options = { cwd: folder, env: { PATH: process.env["PATH"] ?? "", ...env }, timeout: 55_000 }
  return (await promisify(execFile)(process.execPath, args, options)).stdout
}

describe.each([...pages.keys()])("the programs of %s run, and end (promise 1)", (page) => {
  test("what they print is known", () => expect(programsOf(page)).toHaveLength(PRINTED[page]?.length ?? 0))

  test.each((PRINTED[page] ?? []).map((printed, index) => [index + 1, printed] as const))(
    "number %d",
    { timeout: 60_000 },
    async (number, printed) => {
      expect(await runProgram(programsOf(page)[number - 1] ?? "", {})).toBe(printed)
    },
  )
})

test("the example in the README runs on PostgreSQL (promise 3)", async () => {
  await using server = await startPostgres()
  const [example = ""] = programsOf("README.md")
  expect(await runProgram(example, { DATABASE_URL: server.url })).toBe("1 open, says postgresql\n")
})

test("every npm script that a page names is there", async () => {
  const { scripts } = JSON.parse(await readFile("package.json", "utf8")) as {
    scripts: Record<string, string>
  }
  for (const [page, text] of pages) {
    const named = [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, script]) => script ?? "")
    for (const script of [...named, "start", "test"]) expect(Object.keys(scripts), page).toContain(script)
  }
})
