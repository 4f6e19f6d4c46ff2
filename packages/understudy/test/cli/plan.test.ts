import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { runCommandLine } from "../../src/cli/program.ts"
import { spawnCommand } from "./spawn-command.ts"

const CANARY = "canary-canary-canary"

let folder: string
let out: string
let err: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-cli-"))
  out = err = ""
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(args: string[], env: Record<string, string> = {}): Promise<number> {
  return runCommandLine(args, {
    env: { DATABASE_PATH: folder, ...env },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  })
}

describe("promise 2: understudy plan says what would serve and why", () => {
  test("each setting with its source, each step with its reason", async () => {
    const code = await run(["plan"], {
      DATABASE_URL: `postgresql://ann:${CANARY}@db.example.com/app`,
      PORT: "80",
    })
    expect(code).toBe(0)
    expect(out).toMatch(/PORT +80 +PORT/)
    expect(out).toMatch(/LOG_LEVEL +info +default/)
    expect(out).toContain("1. PostgreSQL at db.example.com")
    expect(out).toContain(`2. SQLite at ${folder}/fallback.sqlite`)
    expect(out + err).not.toContain(CANARY)
  })

  test("findings come with their remedies, and an error ends it with 1", async () => {
    expect(await run(["plan"], { DATABASE_URL: `mysql://ann:${CANARY}@h/db` })).toBe(1)
    expect(out).toContain("url.scheme-unsupported")
    expect(out).toContain("postgresql://")
    expect(out).not.toContain(CANARY)
  })

  test("--json prints the same as data", async () => {
    expect(
      await run(["plan", "--json"], { DATABASE_URL: `postgresql://ann:${CANARY}@db.example.com/app` }),
    ).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      settings: expect.arrayContaining([{ variable: "PORT", value: "7860", source: "default" }]),
      candidates: [{ kind: "postgresql" }, { kind: "sqlite", role: "fallback" }, { file: ":memory:" }],
      wanted: null,
    })
    expect(out).not.toContain(CANARY)
  })

  test("it leaves nothing in the folder, nor the folder where there was none", async () => {
    await run(["plan"])
    expect(readdirSync(folder)).toEqual([])
    expect(await run(["plan"], { DATABASE_PATH: join(folder, "not", "yet") })).toBe(0)
    expect(out).toContain(`SQLite at ${folder}/not/yet/embedded.sqlite`)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe("a wrong command line", () => {
  test.each([[["bogus"]], [["plan", "--bogus"]], [["plan", "extra"]]])("%j ends with 64", async (args) => {
    expect(await run(args)).toBe(64)
    expect(err).toContain("error:")
    expect(out).toBe("")
  })

  test.each([[["--help"]], [["plan", "--help"]], [["--version"]]])("%j ends with 0", async (args) => {
    expect(await run(args)).toBe(0)
    expect(out).not.toBe("")
  })
})

describe("as a process of its own", () => {
  const spawn = (env: Record<string, string>): ReturnType<typeof spawnCommand> =>
    spawnCommand(["plan"], { cwd: folder, env })

  test("it reads its environment and .env, and its exit code tells", () => {
    writeFileSync(join(folder, ".env"), "PORT=4321\n")
    const { status, stdout, stderr } = spawn({ NODE_ENV: "development" })
    expect(stdout).toMatch(/PORT +4321 +PORT in \.env/)
    expect([status, stderr]).toEqual([0, ""])
    expect(spawn({ DATABASE_ENGINE: "postgresql" }).status).toBe(1)
  })

  test("in production no .env is read", () => {
    writeFileSync(join(folder, ".env"), "PORT=4321\n")
    expect(spawn({ NODE_ENV: "production" }).stdout).toMatch(/PORT +7860 +default/)
    expect(existsSync(join(folder, "data/embedded.sqlite"))).toBe(false)
  })
})
