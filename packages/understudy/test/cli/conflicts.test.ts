import { describe, expect, test } from "vitest"
import { runCommandLine } from "../../src/cli/program.ts"
import { findFreePort } from "../../src/testing/free-port.ts"
import { startFaultProxy } from "../../src/testing/fault-proxy.ts"
import { renderImages } from "../../src/cli/render-rows.ts"
import { openParked } from "../support/parked-transactions.ts"

const CANARY = "canary-canary-canary"

interface Printed {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(url: string, ...args: readonly string[]): Promise<Printed> {
  let [out, err] = ["", ""]
  const code = await runCommandLine(["conflicts", ...args], {
    env: { DATABASE_URL: url, DATABASE_CONNECT_TIMEOUT: "20s" },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  })
  return { code, out, err }
}

describe("promise 2: understudy conflicts tells what is parked, and settles it", () => {
  test("listed, in the order in which they were parked", async () => {
    const parked = await openParked()
    expect(await run(parked.url)).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^PostgreSQL at \S+: nothing is parked that waits for a decision\.\n$/,
      ) as string,
    })
    const first = await parked.park({ a: 11, b: 12 })
    const second = await parked.park({ a: 13 }, [first])
    const { out } = await run(parked.url, "list")
    expect(out).toContain(": parked 2\n")
    expect(out).toContain(
      `  ${first}  2026-01-02T03:04:05.678Z  2 rows\n      account: somebody else changed a row that it changes too\n`,
    )
    expect(out).toContain(`  ${second}  2026-01-02T03:04:05.678Z  1 row\n`)
    expect(out).toContain(`too; goes on from ${first}\n`)
    await run(parked.url, "dismiss", first)
    expect((await run(parked.url)).out).toContain(": parked 1\n")
    expect((await run(parked.url, "--all")).out).toMatch(new RegExp(`  ${first}  .*  dismissed \\d{4}-`))
    const json = JSON.parse((await run(parked.url, "list", "--json")).out) as { conflicts: object[] }
    expect(json).toMatchObject({
      conflicts: [{ id: second, state: "open", dependsOn: [first] }],
      isMore: false,
    })
  })

  test("shown with its rows", async () => {
    const parked = await openParked()
    const id = await parked.park({ a: 11 })
    await parked.client.query("update account set balance = 6 where id = 'a'")
    const { code, out } = await run(parked.url, "show", id)
    expect(code).toBe(0)
    expect(out).toContain(
      [
        '  update account id="a"',
        '    before  balance="1"',
        '    ours    balance="11"',
        '    theirs  balance="5"',
        '    now     balance="6"',
        "",
      ].join("\n"),
    )
    await parked.client.query("delete from account where id = 'a'")
    expect((await run(parked.url, "show", id)).out).toContain("    now     no such row\n")
    const json = JSON.parse((await run(parked.url, "show", id, "--json")).out) as object
    expect(json).toMatchObject({ id, changes: [{ ours: { balance: "11" }, now: null }] })
  })

  test("what a terminal would take for a command, or a line of its own, is not printed as such (promise 5)", async () => {
    const parked = await openParked(["a\u001B[2J\nb"])
    const id = await parked.park({ "a\u001B[2J\nb": 11 })
    const { out } = await run(parked.url, "show", id)
    expect(out).toContain('update account id="a?[2J?b"')
  })

  test("applied where the rows are as they were, else by force alone (promise 4)", async () => {
    const parked = await openParked()
    const id = await parked.park({ a: 11, b: 12 })
    await parked.client.query("update account set balance = 1 where id = 'a'")
    const refused = await run(parked.url, "apply", id)
    expect(refused.code).toBe(1)
    expect(refused.out).toContain("UNDERSTUDY_CONFLICT_REMAINS")
    expect(refused.out).toContain("row-changed in account")
    expect(await parked.balances()).toEqual({ a: 1, b: 5 })
    const forced = await run(parked.url, "apply", id, "--force")
    expect(forced).toMatchObject({
      code: 0,
      out: `Conflict ${id} is applied: 2 rows, 1 of them over what somebody else wrote or deleted.\n`,
    })
    expect(await parked.balances()).toEqual({ a: 11, b: 12 })
    const again = await run(parked.url, "apply", id, "--force")
    expect(again.code).toBe(1)
    expect(again.out).toContain("UNDERSTUDY_CONFLICT_SETTLED")
  })

  test("those that it goes on from are settled first; no id, and what no id is, are refused", async () => {
    const parked = await openParked()
    const first = await parked.park({ a: 11 })
    const second = await parked.park({ a: 12 }, [first])
    const refused = await run(parked.url, "apply", second, "--force")
    expect(refused.code).toBe(1)
    expect(refused.out).toContain(`goes on from ${first}`)
    for (const verb of ["show", "apply", "dismiss"]) {
      const unknown = await run(parked.url, verb, "4711")
      expect([unknown.code, unknown.out]).toEqual([1, expect.stringContaining("UNDERSTUDY_CONFLICT_UNKNOWN")])
      const odd = await run(parked.url, verb, `postgresql://app:${CANARY}@h/db`)
      expect(odd.code).toBe(1)
      expect(odd.out + odd.err).not.toContain(CANARY)
      expect((await run(parked.url, verb)).code).toBe(64)
    }
  })

  test("where there is no PostgreSQL, or it does not answer, that is said without the password (promise 5)", async () => {
    const none = await run("sqlite::memory:")
    expect([none.code, none.out]).toEqual([1, "There is no PostgreSQL to work on.\n"])
    const away = await run(`postgresql://app:${CANARY}@127.0.0.1:${await findFreePort()}/app`, "apply", "1")
    expect(away.code).toBe(1)
    expect(away.out).toContain("primary.")
    expect(away.out).not.toContain(CANARY)
  })

  test.each([
    ["apply", { a: 11 }],
    ["dismiss", { a: 5 }],
  ])("where COMMIT got no answer, %s says that it may have been done (promise 4)", async (verb, balances) => {
    const parked = await openParked(["a"])
    const id = await parked.park({ a: 11 })
    await parked.client.query("update account set balance = 1")
    const { hostname, port } = new URL(parked.url)
    await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } })
    proxy.onServerMessage((type, payload, connection) => {
      if (type !== "C" || !payload.toString("latin1").startsWith("COMMIT")) return "pass"
      connection.cut("close")
      return "drop"
    })
    const unknown = await run(proxy.url(parked.url), verb, id)
    expect(unknown.code).toBe(75)
    expect(unknown.out).toContain("It may have been done\n")
    expect(unknown.out).toContain("UNDERSTUDY_COMMIT_UNKNOWN")
    if (verb === "apply") expect(await parked.balances()).toEqual(balances)
    expect((await run(parked.url, "show", id)).out).not.toContain("UNDERSTUDY")
    expect((await run(parked.url, "list")).out).toContain("nothing is parked")
  })

  test("rows that somebody holds, and a right that is missing: in words of their own (promise 2)", async () => {
    const parked = await openParked(["a"])
    const id = await parked.park({ a: 11 })
    await parked.client.query("revoke update on understudy.parked_transaction from current_user")
    const refused = await run(parked.url, "apply", id)
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining("conflicts.refused")])
    await parked.client.query("grant update on understudy.parked_transaction to current_user")
    await parked.client.query("update account set balance = 1")
    const name = new URL(parked.url).pathname.slice(1)
    await parked.client.query(`alter database ${name} set lock_timeout = 100`)
    await parked.client.query("begin; update account set balance = 1")
    const held = await run(parked.url, "apply", id)
    await parked.client.query("rollback")
    expect([held.code, held.out]).toEqual([1, expect.stringContaining("UNDERSTUDY_CONTENTION")])
    expect(held.out + refused.out).not.toContain("mirror.")
  })
})

test("promise 2: what could not be read is told from what is not there", () => {
  const lines = renderImages({ operation: "update", table: "account", key: { id: "a" } }, [
    ["ours", { id: "a" }],
    ["theirs", undefined],
    ["now", null],
  ])
  expect(lines.slice(2)).toEqual(["    theirs  could not be read", "    now     no such row"])
})
