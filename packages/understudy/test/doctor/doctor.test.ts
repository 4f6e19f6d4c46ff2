import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Fastify, { type FastifyInstance } from "fastify"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { runCommandLine } from "../../src/cli/program.ts"
import { renderText } from "../../src/doctor/render-text.ts"
import type { DoctorReport } from "../../src/doctor/report.ts"
import { MISCONFIGURATIONS, startGround, type Ground, type Misconfiguration } from "./misconfigurations.ts"
import { normaliser } from "./normalise.ts"

const PAGE = readFileSync(join(import.meta.dirname, "../../../../docs/doctor.md"), "utf8")

/** The blocks of the page in this language. */
function blocks(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))].map(
    ([, text]) => text ?? "",
  )
}

let ground: Ground
let validator: FastifyInstance

beforeAll(async () => {
  ground = await startGround()
  validator = Fastify({
    bodyLimit: 10_000_000,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  })
  validator.post("/", { schema: { body: JSON.parse(blocks("json")[0] ?? "") as object } }, () => "fits")
})
afterAll(async () => {
  await validator.close()
  await ground[Symbol.asyncDispose]()
})

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(
  { args = [], input, env }: Misconfiguration,
  folder: string,
  more: string[],
): Promise<Run> {
  let out = ""
  let err = ""
  const code = await runCommandLine(["doctor", ...more, ...args], {
    // On Kubernetes the same is found on every machine that runs the tests, in a container or not.
    env: {
      KUBERNETES_SERVICE_HOST: "10.0.0.1",
      DATABASE_FALLBACK: "read-write",
      HOME: folder,
      TMPDIR: folder,
      DATABASE_PATH: folder,
      // The machine may be busy.
      DATABASE_CONNECT_TIMEOUT: "20s",
      ...env(ground, folder),
    },
    ...(input === undefined ? {} : { input: () => Promise.resolve(input) }),
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  })
  return { code, out, err }
}

function normalise(folder: string): (text: string) => string {
  const { postgres, tls, standby, closedPort, httpPort, silentPort, closingPort } = ground
  const ports = { closedPort, httpPort, silentPort, closingPort }
  return normaliser(
    new Map([
      ...[postgres, tls, standby].map(({ port }): [string, string] => [String(port), "5432"]),
      ...Object.values(ports).map((port): [string, string] => [String(port), "5433"]),
      [folder, "/srv/app/data"],
      [realpathSync(folder), "/srv/app/data"],
      [encodeURIComponent(import.meta.dirname), "%2Fetc"],
    ]),
  )
}

const squash = (text: string): string => text.replaceAll(/\s+/g, " ")

describe("promises 2 and 5: understudy doctor says what is wrong, and tells no password", () => {
  test.each(MISCONFIGURATIONS)("$name", async (misconfiguration) => {
    const { name, exit, secrets = [], prepare } = misconfiguration
    const folder = mkdtempSync(join(tmpdir(), "understudy-doctor-"))
    const prepared = await prepare?.(folder)
    // ./data is made and proved where a configured folder cannot be used.
    const workingFolder = process.cwd()
    process.chdir(folder)
    try {
      const json = await run(misconfiguration, folder, ["--json"])
      const text = await run(misconfiguration, folder, [])
      expect([json.err, text.err]).toEqual(["", ""])

      const told = json.out + text.out
      for (const secret of [ground.password, ...secrets]) expect(told).not.toContain(secret)

      const answer = await validator.inject({
        method: "POST",
        url: "/",
        body: JSON.parse(json.out) as object,
      })
      expect(answer.body).toBe("fits")

      const plain = normalise(folder)
      const report = JSON.parse(plain(json.out)) as DoctorReport
      const page = renderText(report, { width: 100, color: false })
      await expect(page).toMatchFileSnapshot(`snapshots/${name}.txt`)
      expect(plain(squash(text.out))).toBe(squash(page))
      expect([json.code, text.code]).toEqual([exit, exit])
    } finally {
      process.chdir(workingFolder)
      prepared?.[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test("the example of docs/doctor.md is what the command prints", () => {
    const example = blocks("text")[0]
    expect(example).toBe(readFileSync(join(import.meta.dirname, "snapshots/raw-password.txt"), "utf8"))
  })
})
