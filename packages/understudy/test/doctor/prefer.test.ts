import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import { systemClock } from "../../src/base/clock.ts"
import { createLineLogger } from "../../src/base/logger.ts"
import type { DoctorReport, Step } from "../../src/doctor/report.ts"
import { runDoctor } from "../../src/doctor/run-doctor.ts"
import { diagnose } from "../../src/engine/postgres/diagnose.ts"
import { PostgresEngine } from "../../src/engine/postgres/engine.ts"
import { readEnvironment } from "../../src/environment/environment.ts"
import { gatherHostFacts } from "../../src/host/gather.ts"
import { openDatabase } from "../../src/open.ts"
import { resolveDatabase } from "../../src/plan/resolve-database.ts"
import { parseSettings } from "../../src/settings/parse-settings.ts"
import { startPostgres, type PostgresServerOptions } from "../../src/testing/index.ts"
import { postgresOptions } from "../support/engines.ts"
import { serverTls, tlsFile } from "../support/tls-files.ts"

let folder: string

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "understudy-prefer-"))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function examine(url: string): Promise<DoctorReport> {
  const environment = readEnvironment({ DATABASE_PATH: folder, DATABASE_URL: url })
  const hostFacts = gatherHostFacts(environment)
  const settings = parseSettings(environment, hostFacts)
  const plan = resolveDatabase(settings, hostFacts)
  const base = { environment, hostFacts, settings, plan, clock: systemClock }
  return runDoctor({ ...base, source: "environment", timeoutMs: 20_000 })
}

/** What the engine itself makes of the URL: whether it is encrypted, and what it warns of; or why it does not serve. */
async function engineOn(url: string): Promise<{ readonly serves: boolean; readonly codes: string[] }> {
  const options = postgresOptions(url)
  const params = Object.fromEntries(new URL(url).searchParams)
  const parts = { ...options.parts, params }
  try {
    const engine = await PostgresEngine.open({ ...options, parts }, AbortSignal.timeout(20_000))
    onTestFinished(() => engine.close())
    return { serves: true, codes: engine.findings.map(({ code }) => code) }
  } catch (error) {
    return { serves: false, codes: [diagnose(error)] }
  }
}

const walked = ({ primary }: DoctorReport): readonly Step[] =>
  (primary.hosts[0]?.steps ?? []).filter(({ name }) => name === "tls" || name === "login")

const SIGNED = serverTls("server")
const NEVER_TLS = { tls: SIGNED, hba: ["hostnossl all all all scram-sha-256"] }
const TLS_ONLY = { tls: SIGNED, hba: ["hostssl all all all scram-sha-256"] }
const CA = `sslrootcert=${encodeURIComponent(tlsFile("ca.crt"))}`
const OTHER_CA = `sslrootcert=${encodeURIComponent(tlsFile("other-ca.crt"))}`

type Case = readonly [
  what: string,
  server: PostgresServerOptions,
  query: string,
  serves: boolean,
  codes: readonly string[],
  walk: readonly string[],
]

const CASES: readonly Case[] = [
  ["whose rules let no TLS in", NEVER_TLS, "", true, [], ["tls ok", "login notice", "login ok"]],
  [
    "whose rules let no TLS in, with an authority",
    NEVER_TLS,
    `?sslmode=prefer&${CA}`,
    true,
    ["tls.not-verified"],
    ["tls ok", "login notice", "login notice"],
  ],
  [
    "that another authority has signed",
    { tls: SIGNED },
    `?sslmode=prefer&${OTHER_CA}`,
    true,
    ["tls.not-verified"],
    ["tls notice", "login notice"],
  ],
  ["that this authority has signed", { tls: SIGNED }, `?${CA}`, true, [], ["tls ok", "login ok"]],
  ["without TLS, with an authority", {}, `?${CA}`, true, ["tls.not-verified"], ["tls ok", "login notice"]],
  [
    "that another authority has signed, and that demands TLS",
    TLS_ONLY,
    `?sslmode=prefer&${OTHER_CA}`,
    false,
    ["tls.authority-unknown"],
    ["tls notice", "login failed"],
  ],
  [
    "without TLS, whose rules demand it",
    { hba: TLS_ONLY.hba },
    "",
    false,
    ["tls.refused-by-server"],
    ["tls ok", "login failed"],
  ],
  [
    "whose rules let no TLS in, where TLS is demanded",
    NEVER_TLS,
    "?sslmode=require",
    false,
    ["primary.not-admitted"],
    ["tls ok", "login failed"],
  ],
]

test.each(CASES)(
  "promise 2: the doctor says what the engine does with a server %s",
  async (_what, options, query, serves, codes, walk) => {
    await using server = await startPostgres(options)
    const url = `${server.url}${query}`
    expect(await engineOn(url)).toEqual({ serves, codes })
    const report = await examine(url)
    const steps = walked(report)
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual(walk)
    expect(steps.flatMap(({ findings }) => findings.map(({ code }) => code))).toEqual(codes)
    expect(report.serving).toBe(serves ? "postgresql" : "sqlite")
    for (const { text } of steps.slice(0, -1).filter(({ status }) => status === "notice")) {
      expect(text).toContain("sslmode prefer goes on without TLS")
    }
  },
)

test("promise 2: that PostgreSQL serves unencrypted, though an authority is named, is told while it serves", async () => {
  await using server = await startPostgres({ tls: SIGNED })
  const env = { DATABASE_PATH: folder, DATABASE_URL: `${server.url}?sslmode=prefer&${OTHER_CA}` }
  const lines: string[] = []
  const logger = createLineLogger((line) => void lines.push(line), "warn")
  await using database = openDatabase({ env, logger })
  await database.ready()
  const { state, findings } = database.status()
  expect(state).toBe("primary")
  expect(findings).toContainEqual(expect.objectContaining({ code: "tls.not-verified", severity: "warning" }))
  expect(lines.join("")).toContain("tls.not-verified")
})
