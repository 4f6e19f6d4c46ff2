import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { expect, onTestFinished, test } from "vitest"
import { startPostgres } from "understudy-db/testing"
import { codeBlocks } from "../scripts/readme/code-blocks.ts"

const readme = await readFile("README.md", "utf8")

/** Runs a program in a folder of its own, with nothing in its environment but what is given. */
async function runProgram(program: string, env: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-readme-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await symlink(resolve("node_modules"), join(folder, "node_modules"))
  await writeFile(join(folder, "package.json"), `{ "type": "module" }`)
  await writeFile(join(folder, "example.ts"), program)
  const args = ["--conditions=understudy-source", "example.ts"]
  const options = { cwd: folder, env: { PATH: process.env["PATH"] ?? "", ...env }, timeout: 25_000 }
  return (await promisify(execFile)(process.execPath, args, options)).stdout
}

test("the example in the README runs on SQLite, and ends (promise 1)", async () => {
  const [example = "", ...others] = codeBlocks(readme, "ts")
  expect(others).toEqual([])
  expect(await runProgram(example, {})).toContain("1 open, says sqlite\n")
})

test("the same example runs on PostgreSQL (promise 3)", async () => {
  await using server = await startPostgres()
  const [example = ""] = codeBlocks(readme, "ts")
  expect(await runProgram(example, { DATABASE_URL: server.url })).toContain("1 open, says postgresql\n")
})

test("every npm script that a page names is there", async () => {
  const { scripts } = JSON.parse(await readFile("package.json", "utf8")) as {
    scripts: Record<string, string>
  }
  for (const page of [readme, await readFile("CONTRIBUTING.md", "utf8")]) {
    const named = [...page.matchAll(/\bnpm run ([\w:]+)/g)].map(([, script]) => script ?? "")
    for (const script of [...named, "start", "test"]) expect(Object.keys(scripts)).toContain(script)
  }
})
