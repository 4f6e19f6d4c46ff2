import { globSync } from "node:fs"
import { createServer } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, beforeAll, describe, it, type ExpectStatic } from "vitest"
import { FINDINGS, type FindingCode } from "../../packages/understudy/src/errors/finding.ts"
import { startBackend, type Backend } from "../support/backend.ts"
import { PUBLIC_PAGES } from "../support/public-pages.ts"
import { ENVIRONMENTS } from "./environments.ts"
import { createGround, workingFolder, type Ground } from "./ground.ts"
import { HOST_ENVIRONMENTS } from "./host-environments.ts"
import { whatIsMissing } from "./needs.ts"
import { PROCESS_ENVIRONMENTS } from "./process-environments.ts"
import { SERVER_ENVIRONMENTS } from "./server-environments.ts"
import { TLS_ENVIRONMENTS } from "./tls-environments.ts"
import type { Expectation, StartEnvironment } from "./start-environment.ts"
import { STORAGE_ENVIRONMENTS } from "./storage-environments.ts"

const ROWS: readonly StartEnvironment[] = [
  ...ENVIRONMENTS,
  ...SERVER_ENVIRONMENTS,
  ...TLS_ENVIRONMENTS,
  ...STORAGE_ENVIRONMENTS,
  ...HOST_ENVIRONMENTS,
  ...PROCESS_ENVIRONMENTS,
]

/** Rows that take long, or tools of root, run only where this is asked for. */
const LONG = process.env["UNDERSTUDY_LONG"] === "1"

/** Rows at once: two cores are busy with two starts. */
const ROWS_AT_ONCE = 3

/** A start takes 0.5 to 1 s alone, three at once on two cores up to 2 s. */
const LISTEN_LIMIT_MS = 10_000

const SETTLE_LIMIT_MS = 30_000

/**
 * Promise 1 gives a second. The first three answers take 0.1 s, beside two other starts on two cores up to 0.8 s; on a
 * machine that is slow to start the process, in proportion to that.
 */
const firstAnswersLimitMs = ({ listeningAfterMs }: Backend): number => Math.max(5_000, 5 * listeningAfterMs)

/** What a machine may add of its own: it depends on where the tests run, not on the row. */
const OF_THE_MACHINE: readonly string[] = ["storage.ephemeral", "host.localhost", "host.port-blocked"]

/** All of it is searched for the canary. */
const PAGES = [...PUBLIC_PAGES, "/%zz"]

interface HealthBody {
  readonly status: string
  readonly state: string
  readonly engine: string | null
  readonly reason: string
  readonly copy: string | null
  readonly findings: readonly { readonly code: string; readonly severity: string; readonly remedy: string }[]
}

/** Lets a few through at once. */
function createGate(places: number): <T>(pass: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  return async (pass) => {
    if (places > 0) places -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await pass()
    } finally {
      const next = waiting.shift()
      if (next === undefined) places += 1
      else next()
    }
  }
}

/** The backend, with every body and header that it ever gave noted. */
class Visitor {
  readonly heard: string[] = []
  readonly #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
  }

  async ask(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; text: string }> {
    const response = await this.#backend.fetch(path, init)
    const text = await response.text()
    this.heard.push(`${init?.method ?? "GET"} ${path}\n${JSON.stringify([...response.headers])}\n${text}`)
    return { status: response.status, headers: response.headers, text }
  }

  post(body: string): ReturnType<Visitor["ask"]> {
    return this.ask("/tasks", { method: "POST", headers: { "content-type": "application/json" }, body })
  }

  /** `/health`, once the start is decided. */
  async settled(): Promise<HealthBody> {
    const deadlineMs = performance.now() + SETTLE_LIMIT_MS
    for (;;) {
      const { text } = await this.ask("/health")
      const body = JSON.parse(text) as HealthBody
      if (body.reason !== "start") return body
      if (performance.now() > deadlineMs) throw new Error(`still starting: ${text}`)
      await wait(20)
    }
  }
}

function plainText(html: string): string {
  const entities: Record<string, string> = {
    "&#39;": "'",
    "&quot;": '"',
    "&lt;": "<",
    "&gt;": ">",
    "&amp;": "&",
  }
  return html.replaceAll(/&(#39|quot|lt|gt|amp);/g, (entity) => entities[entity] ?? entity)
}

/** What is said of the copy: rows that were left behind are no copy of anything, they are all there is. */
function copyOf({ state, engine, reason }: Expectation): "none" | null {
  return state === "fallback" && engine === "sqlite" && reason !== "data.left-behind" ? "none" : null
}

function checkHealth(expect: ExpectStatic, health: HealthBody, wanted: Expectation): void {
  const { state, engine, reason } = wanted
  expect({ state: health.state, engine: health.engine, reason: health.reason }).toEqual({
    state,
    engine,
    reason,
  })
  const codes = health.findings.map(({ code }) => code)
  const demanded = [...(wanted.findings ?? []), ...(reason in FINDINGS ? [reason] : [])]
  for (const code of demanded) expect(codes).toContain(code)
  const grave = health.findings.filter(({ severity }) => severity !== "info").map(({ code }) => code)
  expect(
    grave.filter((code) => !demanded.includes(code as FindingCode) && !OF_THE_MACHINE.includes(code)),
  ).toEqual([])
  for (const { remedy } of health.findings) expect(remedy).not.toMatch(/^$|\{\w+\}/)
  if (engine === null) expect(health.status).toBe("fail")
  else if (state === "fallback") expect(health.status).toBe("warn")
  else expect(health.status).toBe(grave.length === 0 ? "pass" : "warn")
  expect(health.copy).toBe(copyOf(wanted))
}

/** The page's headline for each state. */
function headlineOf({ state, engine, takes }: Expectation): string {
  if (engine === null) return "No database serves."
  if (state === "fallback")
    return `SQLite stands in for PostgreSQL${takes === "reads" ? ", for reading only" : ""}.`
  return engine === "sqlite" ? "SQLite serves." : "PostgreSQL serves."
}

/** Promise 2: the page and the log say what /health says. */
async function checkItSaysSo(
  expect: ExpectStatic,
  visitor: Visitor,
  backend: Backend,
  { expect: wanted, mute }: StartEnvironment,
): Promise<void> {
  const page = plainText((await visitor.ask("/")).text)
  const texts = [headlineOf(wanted)]
  if (wanted.reason in FINDINGS) texts.push(FINDINGS[wanted.reason as FindingCode].title)
  expect(texts.filter((text) => !page.includes(text))).toEqual([])
  if (mute === true) return
  const told = [wanted.reason, ...(wanted.findings ?? [])].filter(
    (code) => FINDINGS[code as FindingCode]?.severity !== "info",
  )
  for (const code of told) if (code in FINDINGS) expect(backend.stdout + backend.stderr).toContain(code)
}

async function checkService(expect: ExpectStatic, visitor: Visitor, wanted: Expectation): Promise<void> {
  // The routes may be loaded later than the database is decided.
  const ready = wanted.takes === "nothing" ? 503 : 200
  await expect
    .poll(async () => (await visitor.ask("/health/ready")).status, { timeout: SETTLE_LIMIT_MS })
    .toBe(ready)
  const title = "Buy milk, é ☠"
  const created = await visitor.post(JSON.stringify({ title }))
  if (wanted.takes !== undefined) {
    expect([created.status, created.headers.get("content-type")]).toEqual([
      503,
      expect.stringContaining("application/problem+json"),
    ])
    expect(Number(created.headers.get("retry-after"))).toBeGreaterThan(0)
    const read = await visitor.ask("/tasks/0198c6c8-5a4b-7000-8000-000000000000")
    expect(read.status).toBe(wanted.takes === "reads" ? 404 : 503)
    return
  }
  expect([created.status, created.text]).toEqual([201, expect.stringContaining('"id"')])
  const { id } = JSON.parse(created.text) as { id: string }
  const read = await visitor.ask(`/tasks/${id}`)
  expect([read.status, JSON.parse(read.text)]).toEqual([200, expect.objectContaining({ id, title })])
  // Promise 4: who asks is told that rows of PostgreSQL are not in the answer.
  expect(read.headers.get("understudy-copy")).toBe(copyOf(wanted))
}

/** Promise 5: errors of every kind are asked for too. */
async function askForErrors(visitor: Visitor): Promise<void> {
  for (const path of PAGES) await visitor.ask(path)
  await visitor.post("{ no json")
  await visitor.post(JSON.stringify({ title: 7 }))
  await visitor.post(JSON.stringify({ title: "\0" }))
  await visitor.ask("/tasks/not-a-uuid")
  await visitor.ask("/tasks?limit=junk&cursor=junk")
}

function checkNoLeak(
  expect: ExpectStatic,
  forms: readonly string[],
  visitor: Visitor,
  backend: Backend,
): void {
  const everything = [backend.stdout, backend.stderr, ...visitor.heard]
  for (const text of everything) {
    const decoded = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    for (const form of forms) {
      const at = Math.max(text.indexOf(form), decoded.indexOf(form))
      if (at >= 0) expect.fail(`the password shows: …${decoded.slice(Math.max(0, at - 200), at + 100)}…`)
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false))
    server.listen(port, "0.0.0.0", () => server.close(() => resolve(true)))
  })
}

/** The shell's commands, after which the program takes the shell's place, its pid and its streams. */
function shellWrapper(commands: string, ownMounts: boolean): readonly string[] {
  const shell = ["/bin/sh", "-euc", `${commands}\nexec "$@"`, "sh"]
  return ownMounts ? ["/usr/bin/unshare", "-m", ...shell] : shell
}

const gate = createGate(ROWS_AT_ONCE)
const defaultPortGate = createGate(1)

describe("start matrix (serves promises 1, 2 and 5: it starts, says so, and leaks nothing)", () => {
  let ground: Ground | undefined
  beforeAll(async () => {
    ground = await createGround()
  })
  afterAll(() => ground?.[Symbol.asyncDispose]())

  async function runRow(row: StartEnvironment, expect: ExpectStatic): Promise<void> {
    if (ground === undefined) throw new Error("the ground was not laid")
    await using home = await ground.createHome(row)
    await using backend = await startBackend({
      env: home.env,
      cwd: workingFolder(row, home),
      checkout: ground.checkout,
      listenLimitMs: LISTEN_LIMIT_MS,
      ...(row.defaultPort === true ? { port: null } : {}),
      ...(home.uid === undefined ? {} : { uid: home.uid }),
      ...(row.drops === undefined ? {} : { drops: row.drops }),
      ...(row.shell === undefined ? {} : { wrapper: shellWrapper(row.shell, row.ownMounts === true) }),
    })
    const visitor = new Visitor(backend)
    // At once, before any database need be open.
    const listensMs = performance.now()
    for (const method of ["GET", "HEAD"]) expect((await visitor.ask("/", { method })).status).toBe(200)
    expect((await visitor.ask("/health/live")).status).toBe(200)
    expect(performance.now() - listensMs).toBeLessThan(firstAnswersLimitMs(backend))

    checkHealth(expect, await visitor.settled(), row.expect)
    await checkItSaysSo(expect, visitor, backend, row)
    await checkService(expect, visitor, row.expect)
    await askForErrors(visitor)
    expect(await backend.stop(), backend.stderr).toEqual({ code: 0, signal: null })
    checkNoLeak(expect, ground.canary.forms, visitor, backend)
    for (const path of row.expect.leaves ?? []) {
      expect(globSync(path, { cwd: home.folder }), `${path} in ${home.folder}`).toHaveLength(1)
    }
  }

  for (const row of ROWS) {
    it.concurrent(row.name, { timeout: 240_000 }, async ({ expect, skip }) => {
      if (row.long === true && !LONG) skip("it is long: npm run verify:long runs it")
      const missing = whatIsMissing([
        ...(row.needs ?? []),
        ...(row.unprivileged === true ? (["root"] as const) : []),
      ])
      if (missing !== null) skip(missing)
      if (row.defaultPort !== true) return gate(() => runRow(row, expect))
      await defaultPortGate(async () => {
        if (!(await isFree(7860))) skip("the default port, 7860, is taken on this machine")
        await gate(() => runRow(row, expect))
      })
    })
  }
})
