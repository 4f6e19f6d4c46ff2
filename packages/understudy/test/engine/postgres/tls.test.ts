import { chmod, cp, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
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
})
afterAll(() => rm(folder, { recursive: true }))

function urlOf({ server, params, host = "localhost", user }: TlsCase, mode: string): string {
  const { url, adminUrl } = serverOf(server)
  const base = (user === undefined ? url : adminUrl).replace("127.0.0.1", host)
  return `${base}?sslmode=${mode}${params === undefined ? "" : `&${params.replaceAll("$", folder)}`}`
}

const titleOf = ({ server, params, host, user }: TlsCase): string =>
  [`server: ${server}`, params, host, user].filter(Boolean).join(", ")

const inAllModes = (row: TlsCase, of: (url: string) => Promise<unknown>): Promise<unknown[]> =>
  Promise.all(MODES.map((mode) => of(urlOf(row, mode))))

/** What psql does, where it is to do the same. */
const alike = (outcome: string): string => (["TLS", "plain"].includes(outcome) ? outcome : "refused")

describe.each(TLS_CASES.map((each) => [titleOf(each), each] as const))("%s", (_title, row) => {
  it("promises 1 and 2: each sslmode connects, or says what is wrong", async () => {
    const outcomes = await inAllModes(row, async (url) => (await outcomeOf(url)).outcome)
    expect(outcomes).toEqual(row.outcomes)
  })

  it.skipIf(PSQL_MAJOR === 0)("promise 3: psql does the same (skipped where there is no psql)", async () => {
    const expected = MODES.map((mode, index) => row.psql?.[mode]?.[0] ?? alike(row.outcomes[index] ?? "?"))
    expect(await inAllModes(row, psqlOutcomeOf)).toEqual(expected)
  })
})
