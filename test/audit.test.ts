import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"

/** Runs the audit against a registry that gives this answer. */
async function auditWith(
  status: number,
  advisories: object,
): Promise<{ code: number | null; output: string }> {
  const registry = createServer((request, response) => {
    request.resume()
    const isAudit = request.url?.startsWith("/-/npm/v1/security/") === true
    response.writeHead(isAudit ? status : 404, { "content-type": "application/json" })
    response.end(JSON.stringify(isAudit ? advisories : {}))
  })
  registry.listen(0, "127.0.0.1")
  await once(registry, "listening")
  onTestFinished(() => void registry.close())
  const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`
  // A folder of its own: npm keeps what it was told of a package.
  const home = await mkdtemp(join(tmpdir(), "understudy-audit-"))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const { PATH = "" } = process.env
  const child = spawn(process.execPath, ["scripts/audit-dependencies.ts"], {
    env: { PATH, HOME: home, npm_config_registry: url, npm_config_fetch_retries: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  })
  let output = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text))
  const [code] = (await once(child, "close")) as [number | null]
  return { code, output }
}

function advisory(severity: string, versions = "*"): object {
  const url = "https://example.com/advisory"
  return {
    uuid: [{ id: 1, url, title: "A hole", severity, vulnerable_versions: versions, cwe: [], cvss: {} }],
  }
}

test.each(["high", "critical"])(
  "a %s finding in what is installed for production fails the audit",
  async (severity) => {
    const { code, output } = await auditWith(200, advisory(severity))
    expect([code, output]).toEqual([1, expect.stringContaining(`uuid: ${severity}`)])
  },
)

test.each([
  ["no finding", {}],
  ["a moderate finding", advisory("moderate")],
  ["a high finding in another version", advisory("high", "<1.0.0")],
])("%s does not", async (_name, advisories) => {
  const { code, output } = await auditWith(200, advisories)
  expect([code, output]).toEqual([0, expect.stringMatching(/\d+ packages for production/)])
})

test.each([404, 405, 501])("a registry without audits (%i) is told, and fails nothing", async (status) => {
  const { code, output } = await auditWith(status, {})
  expect([code, output]).toEqual([0, expect.stringMatching(new RegExp(`^note: NOT AUDITED.*${status}`))])
})

test.each([401, 500, 503])("a registry that fails (%i) fails the audit", async (status) => {
  const { code, output } = await auditWith(status, {})
  expect([code, output]).toEqual([1, expect.stringContaining("The audit failed")])
})
