import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { diagnose } from "../../src/engine/postgres/diagnose.ts"
import { classifyError, isSuspicious } from "../../src/errors/classify.ts"
import found from "./found-errors.json" with { type: "json" }
import { standIn, takeDown, type FoundError } from "./found-error.ts"
import { PROVOCATIONS } from "./provocations.ts"
import { openStage } from "./stage.ts"

const FOUND: Readonly<Record<string, FoundError>> = found

test("every error that is provoked was taken down, and no other (promise 2)", () => {
  expect(Object.keys(FOUND)).toEqual(PROVOCATIONS.map(({ name }) => name))
  expect(PROVOCATIONS.length).toBeGreaterThanOrEqual(60)
})

test.each(PROVOCATIONS.map(({ name, is }) => [name, is] as const))(
  "an error as it was found: %s is %s (promise 4)",
  (name, is) => {
    const taken = FOUND[name]
    if (taken === undefined) throw new Error(`${name} was not taken down`)
    expect(classifyError(standIn(taken))).toBe(is)
  },
)

describe("on real servers and sockets", () => {
  let stage: Awaited<ReturnType<typeof openStage>>

  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  test.each(PROVOCATIONS)("$name is $is (promise 4)", async ({ code, is, provoke }) => {
    await stage.tidy()
    const error = await provoke(stage)
    if (error === undefined) return
    expect(classifyError(error)).toBe(is)
    if (code !== "any") expect(takeDown(error).code).toBe(code)
    if (is === "connection") expect(diagnose(error)).toMatch(/^primary\./)
  })
})

// What no loopback can be made to give: as node-postgres and hosts' reports have it.
test.each([
  ["ETIMEDOUT", "connect ETIMEDOUT 192.0.2.1:5432", "connection"],
  ["EHOSTUNREACH", "connect EHOSTUNREACH 192.0.2.1:5432", "connection"],
  ["ENETUNREACH", "connect ENETUNREACH 2001:db8::1:5432", "connection"],
  ["ENETDOWN", "connect ENETDOWN 192.0.2.1:5432", "connection"],
  ["EADDRNOTAVAIL", "connect EADDRNOTAVAIL ::1:5432", "connection"],
  ["EAI_AGAIN", "getaddrinfo EAI_AGAIN db.example", "connection"],
  ["57P03", "the database system is starting up", "connection"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain", "configuration"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames", "configuration"],
])("%s, %s, is %s (promise 4)", (code, message, is) => {
  expect(classifyError(Object.assign(new Error(message), { code }))).toBe(is)
})

test("a pool that has no connection in time is a connection that cannot be had (promise 4)", () => {
  expect(classifyError(new Error("timeout exceeded when trying to connect"))).toBe("connection")
})

test("only what may be the primary's fault is a reason to look at it (promise 4)", () => {
  const suspicious = PROVOCATIONS.filter(({ name }) => {
    const taken = FOUND[name]
    return taken !== undefined && isSuspicious(standIn(taken))
  })
  const classes = new Set(suspicious.map(({ is }) => is))
  expect(classes).toEqual(new Set(["authentication", "connection", "configuration"]))
  expect(isSuspicious(new Error("of the application"))).toBe(false)
})
