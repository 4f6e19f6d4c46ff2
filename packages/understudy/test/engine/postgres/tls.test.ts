import { execFileSync } from "node:child_process"
import { chmod, copyFile, cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { tlsFile } from "../../support/tls-files.ts"
import { MODES, TLS_CASES, type TlsCase } from "./tls-cases.ts"
import { outcomeOf, PSQL_MAJOR, psqlOutcomeOf } from "./tls-outcome.ts"
import { tlsServers } from "./tls-servers.ts"

const serverOf = tlsServers()

/** libpq takes a key only where no one else can read it, and git keeps no such mode. */
let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "understudy-tls-"))
  await cp(tlsFile("."), folder, { recursive: true })
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o600)
  await copyFile(join(folder, "client.key"), join(folder, "client-for-all.key"))
  await chmod(join(folder, "client-for-all.key"), 0o644)
  const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
  await writeFile(join(folder, "damaged.crt"), damaged)
  execFileSync("mkfifo", [join(folder, "pipe")])
  // Read once in a process, when the system's authorities are asked for first.
  vi.stubEnv("SSL_CERT_FILE", join(folder, "ca.crt"))
})
afterAll(() => rm(folder, { recursive: true }))

function urlOf({ server, params, host = "localhost", user }: TlsCase, mode: string): string {
  const { url, adminUrl, socketFolder } = serverOf(server)
  const to = host === "socket" ? encodeURIComponent(socketFolder) : host
  const query = [mode === "" ? "" : `sslmode=${mode}`, params?.replaceAll("$", folder)].filter(Boolean)
  return `${(user === undefined ? url : adminUrl).replace("127.0.0.1", to)}?${query.join("&")}`
}

const titleOf = ({ server, params, host, user, modes }: TlsCase): string =>
  [`server: ${server}`, params, host, user, modes?.join(" ")].filter(Boolean).join(", ")

const inAllModes = <T>(row: TlsCase, of: (url: string) => Promise<T>): Promise<T[]> =>
  Promise.all((row.modes ?? MODES).map((mode) => of(urlOf(row, mode))))

/** What psql does, where it is to do the same. */
const alike = (outcome: string): string => (["TLS", "plain"].includes(outcome) ? outcome : "refused")

describe.each(TLS_CASES.map((each) => [titleOf(each), each] as const))("%s", (_title, row) => {
  it("promises 1 and 2: each sslmode connects, or says what is wrong", async () => {
    const outcomes = await inAllModes(row, outcomeOf)
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(row.outcomes)
    if (row.detail === undefined) return
    const detail = row.detail.replaceAll("$", folder)
    for (const outcome of outcomes) expect(outcome.detail).toBe(detail)
  })

  const whyNot = PSQL_MAJOR === 0 ? "there is no psql" : row.noPsql
  const title = whyNot === undefined ? "psql does the same" : `psql does the same (not asked: ${whyNot})`
  it.skipIf(whyNot !== undefined)(`promise 3: ${title}`, async () => {
    const expected = (row.modes ?? MODES).map(
      (mode, index) => row.psql?.[mode]?.[0] ?? alike(row.outcomes[index] ?? "?"),
    )
    expect(await inAllModes(row, psqlOutcomeOf)).toEqual(expected)
  })
})
