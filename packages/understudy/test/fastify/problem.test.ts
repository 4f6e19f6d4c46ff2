import { describe, expect, test } from "vitest"
import { DatabaseError } from "../../src/errors/database-error.ts"
import { ERRORS, type ErrorCode } from "../../src/errors/error-catalogue.ts"
import { UnderstudyError } from "../../src/errors/understudy-error.ts"
import { ClientGone } from "../../src/fastify/client-gone.ts"
import { HttpProblem } from "../../src/fastify/http-problem.ts"
import { toProblem } from "../../src/fastify/problem.ts"

const canary = "canary-4f9d2c7b1e60"

describe("promise 5, it leaks nothing: an error's own text is not sent", () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])("%s is told by its generic title", (code) => {
    const details = { detail: canary, file: canary, reason: canary, address: canary, migration: canary }
    const { problem } = toProblem(new UnderstudyError(code, details, { cause: new Error(canary) }))
    expect(JSON.stringify(problem)).not.toContain(canary)
    expect(problem).toMatchObject({ title: ERRORS[code].title, status: ERRORS[code].httpStatus, code })
    expect(problem.type).toMatch(new RegExp(`#${code.toLowerCase()}$`))
  })

  test.each([
    new Error(canary),
    Object.assign(new Error(canary), { code: "28P01" }),
    Object.assign(new Error(canary), { statusCode: 502 }),
    Object.assign(new Error(canary), { statusCode: 404 }),
    Object.assign(new Error(canary), { statusCode: 200 }),
    new DatabaseError({ code: "42703", message: canary, table: canary, columns: [canary] }),
    new DatabaseError({ code: "23505", message: canary, constraint: canary, table: canary }),
    canary,
    null,
    undefined,
    { [canary]: canary },
  ])("a thrown %o", (thrown) => {
    expect(JSON.stringify(toProblem(thrown).problem)).not.toContain(canary)
  })
})

describe("promise 5, it leaks nothing: a refusal does not quote the request", () => {
  test.each(["FST_ERR_BAD_URL", "FST_ERR_MAX_PARAM_LENGTH", "FST_ERR_CTP_INVALID_MEDIA_TYPE"])(
    "%s",
    (code) => {
      const { problem } = toProblem(Object.assign(new Error(canary), { code, statusCode: 400 }))
      expect(problem).toEqual({ type: "about:blank", title: "Bad Request", status: 400, code })
    },
  )
})

test("promise 2: a client that went away is no fault that the log must tell", () => {
  expect(toProblem(new ClientGone())).toMatchObject({ problem: { code: "CLIENT_GONE" }, serious: false })
})

describe("promise 3, the same class of error on both engines", () => {
  test.each([
    ["23505", 409],
    ["23503", 409],
    ["23P01", 409],
    ["23502", 422],
    ["23514", 422],
    ["22P02", 400],
    ["22001", 400],
    ["22003", 400],
    ["40001", 503],
    ["40P01", 503],
    ["42P01", 500],
    ["XX000", 500],
  ])("SQLSTATE %s is %i", (code, status) => {
    const { problem } = toProblem(new DatabaseError({ code, message: "no" }))
    expect(problem.status).toBe(status)
    if (status !== 500) expect(problem.code).toBe(code)
  })
})

describe("promise 4, no lie: what a client may do next", () => {
  test("what passes by itself says when to come again", () => {
    expect(toProblem(new UnderstudyError("UNDERSTUDY_NOT_READY")).retryAfterSeconds).toBeGreaterThan(0)
    const lost = new UnderstudyError("UNDERSTUDY_CONNECTION_LOST", {}, { applied: "no" })
    expect(toProblem(lost)).toMatchObject({ problem: { applied: "no", status: 503 }, serious: false })
    expect(toProblem(lost).retryAfterSeconds).toBeGreaterThan(0)
  })

  test("a write that may have been applied invites no blind repeat", () => {
    const unknown = new UnderstudyError("UNDERSTUDY_COMMIT_UNKNOWN", {}, { applied: "unknown" })
    const answer = toProblem(unknown)
    expect(answer.problem).toMatchObject({ applied: "unknown", status: 503 })
    expect(answer.retryAfterSeconds).toBeNull()
    expect(answer.serious).toBe(true)
  })
})

describe("the service's own and Fastify's refusals", () => {
  test("an HttpProblem is told as it is", () => {
    const thrown = new HttpProblem(404, "task.not-found", "There is no such task.", {
      detail: "Look at the list.",
    })
    expect(toProblem(thrown).problem).toEqual({
      type: "about:blank",
      title: "There is no such task.",
      status: 404,
      code: "task.not-found",
      detail: "Look at the list.",
    })
  })

  test("a text that was made for clients (http-errors' expose) is told", () => {
    const thrown = Object.assign(new Error("Not yours."), { statusCode: 403, expose: true })
    expect(toProblem(thrown).problem).toMatchObject({ status: 403, title: "Forbidden", detail: "Not yours." })
  })

  test("a validation error names the place and the rule", () => {
    const thrown = Object.assign(new Error("body/title must NOT have fewer than 1 characters"), {
      code: "FST_ERR_VALIDATION",
      statusCode: 400,
      validationContext: "body",
      validation: [{ instancePath: "/title", message: "must NOT have fewer than 1 characters" }],
    })
    expect(toProblem(thrown).problem).toMatchObject({
      status: 400,
      errors: [{ in: "body", path: "/title", message: "must NOT have fewer than 1 characters" }],
    })
  })
})
