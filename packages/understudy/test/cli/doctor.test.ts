import { once } from "node:events"
import { createServer, type AddressInfo } from "node:net"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { runCommandLine } from "../../src/cli/program.ts"
import { spawnCommand } from "./spawn-command.ts"
import { LARGEST_CHECKED_BYTES } from "../../src/engine/sqlite/file-check.ts"

const CANARY = "canary-canary-canary"
const ESCAPE = "\u001b["

let folder: string
let out: string
let err: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-cli-"))
  out = err = ""
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(
  args: string[],
  env: Record<string, string> = {},
  terminal?: { columns: number },
): Promise<number> {
  return runCommandLine(["doctor", ...args], {
    env: { DATABASE_PATH: folder, ...env },
    ...(terminal === undefined ? {} : { terminal }),
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  })
}

describe("promise 5: a wrong command line ends with 64 and repeats no argument, which may be a URL", () => {
  test.each([
    [["--bogus"]],
    [[`--postgresql://app:${CANARY}@h/db`]],
    [["--timeout", `postgresql://app:${CANARY}@h/db`]],
    [["--timeout", "soon"]],
    [["--timeout", "1ms"]],
    [["psql", `postgresql://app:${CANARY}@h/db`]],
  ])("%j", async (args) => {
    expect(await run(args)).toBe(64)
    expect(err).toContain("error:")
    expect(out + err).not.toContain(CANARY)
    expect(out).toBe("")
  })

  test.each([
    [["plan", `postgresql://app:${CANARY}@h/db`]],
    [["plan", "too", `postgresql://app:${CANARY}@h/db`]],
    [[`postgresql://app:${CANARY}@h/db`]],
    [[`--url=postgresql://app:${CANARY}@h/db`]],
  ])("another verb: %j", async (args) => {
    const io = {
      env: {},
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
    }
    expect(await runCommandLine(args, io)).toBe(64)
    expect(err).toContain("error:")
    expect(out + err).not.toContain(CANARY)
  })

  test("--help names the exit codes", async () => {
    expect(await run(["--help"])).toBe(0)
    expect(out).toMatch(/Exit code: 0, 1 .* 64/)
  })
})

describe("promise 5: no password is in the output, wherever it was put", () => {
  const values: readonly ((password: string) => Record<string, string>)[] = [
    (p) => ({ DATABASE_URL: p }),
    (p) => ({ DATABASE_URL: `app:${p}` }),
    (p) => ({ DATABASE_URL: `mysql://app:${p}@h/db` }),
    (p) => ({ DATABASE_URL: `postgresql://app:${p}@/db` }),
    (p) => ({ DATABASE_URL: `postgresql://app:${p}@h:port/db` }),
    (p) => ({ DATABASE_URL: `postgresql://app:<${p}>@h/db` }),
    (p) => ({ DATABASE_URL: `postgresql://app:pass@h:${p}/db` }),
    (p) => ({ DATABASE_URL: `{"url":"postgresql://app:${p}@h/db"}` }),
    (p) => ({ DATABASE_URL: `\${${p}}` }),
    (p) => ({ PGHOST: p }),
    (p) => ({ PGPASSWORD: p }),
    (p) => ({ PGUSER: p, PGPASSWORD: p }),
    (p) => ({ PGHOST: "h", PGUSER: "app", PGPORT: p, PGPASSWORD: p }),
    (p) => ({ DATABASE_URL: "sqlite:///:memory:", ADMIN_TOKEN: p, SNAPSHOT_URL: `s3://key:${p}@bucket` }),
    (p) => ({ DATABASE_FALLBACK: p, DATABASE_CONNECT_TIMEOUT: p, LOG_LEVEL: p }),
  ]
  const canaries = fc.string({ unit: fc.constantFrom(..."QXZJKVW0987"), minLength: 20, maxLength: 30 })

  test("in text and in JSON, by variable, argument and standard input", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...values), canaries, fc.boolean(), async (fill, canary, json) => {
        const env = fill(canary)
        const args = json ? ["--json"] : []
        out = err = ""
        await run(args, env)
        const url = env["DATABASE_URL"]
        if (url !== undefined) {
          await run([...args, url])
          const io = { env: { DATABASE_PATH: folder }, input: () => Promise.resolve(url) }
          const write = (text: string): void => void (out += text)
          await runCommandLine(["doctor", ...args, "-"], { ...io, out: write, err: write })
        }
        expect(out).not.toBe("")
        for (let at = 0; at + 6 <= canary.length; at += 1) {
          expect(out + err).not.toContain(canary.slice(at, at + 6))
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe("promise 5: nothing that was pasted behind a value is told by doctor and plan", () => {
  const near = { PGHOST: "127.0.0.1", PGPORT: "1", PGUSER: "app", PGPASSWORD: "pw" }

  test.each<Record<string, string>>([
    { DATABASE_URL: `jdbc:postgresql://127.0.0.1:1/db;user=u;password=${CANARY}` },
    { DATABASE_URL: `postgresql://u:p@127.0.0.1:1/db\nAPI_KEY=${CANARY}` },
    { DATABASE_URL: `export DATABASE_URL="postgresql://u:p@127.0.0.1:1/db"; export K=${CANARY}` },
    { DATABASE_URL: `postgresql://app%3A${CANARY}%40@127.0.0.1:1/db` },
    { DATABASE_URL: `postgresql://u:p@127.0.0.1:1/db%26password%3D${CANARY}` },
    { DATABASE_URL: `postgresql://u:p@127.0.0.1:1/db?application_name=app%20K%3D${CANARY}` },
    { PGHOST: "127.0.0.1", PGPORT: "1", PGUSER: `app:${CANARY}` },
    { ...near, PGDATABASE: `host=x password=${CANARY}` },
    { ...near, PGDATABASE: `postgresql://u:${CANARY}@h/db` },
    { ...near, PGDATABASE: `db;${CANARY}` },
    { ...near, PGAPPNAME: `app\nK=${CANARY}` },
  ])("%j", async (env) => {
    for (const args of [["doctor"], ["doctor", "--json"], ["plan"], ["plan", "--json"]]) {
      out = err = ""
      const write = (text: string): void => void (out += text)
      await runCommandLine(args, { env: { DATABASE_PATH: folder, ...env }, out: write, err: write })
      expect(out).not.toBe("")
      expect(out).not.toContain(CANARY)
    }
  })

  test("nor behind a mode of TLS that is none, in upper case or lower", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    const secret = CANARY.toUpperCase()
    await run(["--json", `postgresql://u:p@127.0.0.1:${port}/db?sslmode=require%26K%3D${secret}`])
    server.close()
    expect(out).toContain("is no mode of TLS")
    expect(out.toLowerCase()).not.toContain(CANARY)
  })

  test("and what may be shown still is", async () => {
    await run([], { ...near, PGDATABASE: "orders", PGAPPNAME: "tasks" })
    expect(out).toContain("PGUSER=app")
    expect(out).toContain("PGDATABASE=orders")
    expect(out).toContain("PGAPPNAME=tasks")
    expect(out).toContain("PGPASSWORD=***")
  })
})

describe("promise 2: colours and width are the terminal's", () => {
  test.each<[what: string, env: Record<string, string>, isTerminal: boolean, colored: boolean]>([
    ["a terminal", {}, true, true],
    ["a pipe", {}, false, false],
    ["NO_COLOR on a terminal", { NO_COLOR: "1" }, true, false],
    ["FORCE_COLOR in a pipe", { FORCE_COLOR: "1" }, false, true],
    ["FORCE_COLOR=0 on a terminal", { FORCE_COLOR: "0" }, true, false],
    ["FORCE_COLOR goes before NO_COLOR", { FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
  ])("%s", async (_, env, isTerminal, colored) => {
    await run([], env, isTerminal ? { columns: 100 } : undefined)
    expect(out.includes(ESCAPE)).toBe(colored)
  })

  test("JSON has no colours", async () => {
    await run(["--json"], { FORCE_COLOR: "1" }, { columns: 100 })
    expect(JSON.parse(out)).toMatchObject({ version: 1, serving: "sqlite" })
  })

  test("a narrow terminal", async () => {
    await run([], { NO_COLOR: "1", DATABASE_PATH: "data" }, { columns: 44 })
    const wide = out.split("\n").filter((line) => line.length > 44 && !/[/`]/.test(line))
    expect(wide).toEqual([])
  })
})

describe("a URL that is given goes before those of the environment and of .env", () => {
  test("an argument, with the warning that it can be seen", async () => {
    expect(await run([`mysql://app:${CANARY}@h/db`], { DATABASE_URL: "sqlite:///other.sqlite" })).toBe(1)
    expect(out).toContain("Value: the argument (refused)")
    expect(out).toContain("doctor.argument-visible")
    expect(out).not.toMatch(/other\.sqlite|canary/)
  })

  test("a blank one is none: the environment's is not examined in its place", async () => {
    expect(await run([" "], { DATABASE_URL: `mysql://app:${CANARY}@h/db` })).toBe(0)
    expect(out).toContain("url.blank")
  })

  const spawn = (args: string[], env: Record<string, string>, input = ""): ReturnType<typeof spawnCommand> =>
    spawnCommand(["doctor", ...args], { cwd: folder, env, input })

  test("as a process of its own: standard input, .env, exit codes, and nothing left behind", () => {
    writeFileSync(join(folder, ".env"), `DATABASE_URL=mysql://app:${CANARY}@h/db\n`)
    const env = { NODE_ENV: "development", DATABASE_PATH: folder }
    const own = spawn([], env)
    expect([own.status, own.stderr]).toEqual([1, ""])
    expect(own.stdout).toContain("Value: DATABASE_URL in .env (refused)")
    const given = spawn(["-"], env, "sqlite:///embedded.sqlite\n")
    expect([given.status, given.stderr]).toEqual([0, ""])
    expect(given.stdout).toContain("Value: standard input (ok)")
    expect(own.stdout + given.stdout).not.toContain(CANARY)
    expect(readdirSync(folder)).toEqual([".env"])
    expect(existsSync(join(folder, "embedded.sqlite"))).toBe(false)
  })
})

describe("promise 2: looking changes nothing", () => {
  test("a folder that is not there is proved, and is not there afterwards; its disk is told nevertheless", async () => {
    expect(await run([], { DATABASE_PATH: join(folder, "not", "yet") })).toBe(0)
    expect(out).toContain(`${join(folder, "not", "yet")}/embedded.sqlite`)
    expect(out).toMatch(/disk .*B\s+free/s)
    expect(out).not.toContain("free space unknown")
    expect(readdirSync(folder)).toEqual([])
  })
})

describe("every wait for a server has a deadline", () => {
  test("help and page name the size above which a file is not checked, which has none", async () => {
    const size = `${LARGEST_CHECKED_BYTES / 2 ** 20} MiB`
    expect(await run(["--help"])).toBe(0)
    expect(out.replaceAll(/\s+/g, " ")).toContain(
      `A SQLite file above ${size}, its log included, is not checked`,
    )
    const page = readFileSync(join(import.meta.dirname, "../../../../docs/doctor.md"), "utf8")
    expect(page).toContain(`above ${size}, its log included, it is skipped`)
  })

  test("several servers that are silent are waited for at the same time", async () => {
    const sockets = new Set<{ destroy(): void }>()
    const server = createServer((socket) => void sockets.add(socket.on("error", () => {})))
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as { port: number }
    const hosts = Array.from({ length: 8 }, () => `127.0.0.1:${port}`).join(",")
    const start = performance.now()
    expect(await run(["--timeout", "1s"], { DATABASE_URL: `postgresql://app:${CANARY}@${hosts}/app` })).toBe(
      1,
    )
    // One after the other they would take eight seconds.
    expect(performance.now() - start).toBeLessThan(6000)
    expect(out.match(/no answer within 1000 ms/g)).toHaveLength(8)
    for (const socket of sockets) socket.destroy()
    server.close()
  })
})
