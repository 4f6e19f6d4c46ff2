import ajvCompiler from "@fastify/ajv-compiler"
import { expect } from "vitest"
import { ERRORS } from "../../../../packages/understudy/src/errors/error-catalogue.ts"
import type { RawAnswer } from "../../../../test/support/raw-client.ts"
import { CHECKOUT } from "../../../../test/support/reachable-checkout.ts"
import type { OpenApi, Operation, Schema } from "./operations.ts"
import type { FuzzRequest } from "./requests.ts"

/** What any request may be refused with. No 5xx: nothing is broken here. */
const REFUSALS = [400, 403, 404, 406, 408, 412, 413, 414, 415, 416, 417, 429, 431]
const CODE = /^(FST_[A-Z_]+|HTTP_4\d\d|NOT_FOUND|(task|body)\.[a-z0-9-]+|(22|23|40)[0-9A-Z]{3})$/

const LEAKS: readonly RegExp[] = [
  /\n\s+at .+:\d+:\d+/,
  /node_modules|node:internal/,
  /\.(ts|js):\d+/,
  /\bselect .+ from |\binsert into |\bupdate .+ set |\bdelete from /i,
  /relation "|column "|syntax error|invalid input syntax|constraint failed|SQLITE_/i,
]

/** Judges answers by the service's own description of itself. */
export interface AnswerRules {
  /** @throws what is wrong with an answer; `operation` is what was asked for, if it surely was that. */
  check(request: FuzzRequest, answer: RawAnswer, operation: Operation | null): void
  /** @throws if a text holds what may never come out. */
  checkText(text: string): void
}

/** @param secrets what may appear nowhere. */
export function createAnswerRules({ components }: OpenApi, secrets: readonly string[]): AnswerRules {
  const build = ajvCompiler()(
    {},
    { customOptions: { strict: false, coerceTypes: false, removeAdditional: false } },
  )
  const validators = new Map<string, (value: unknown) => unknown>()
  // The description's references lead to its components.
  const validator = (schema: Schema): ((value: unknown) => unknown) => {
    const key = JSON.stringify(schema)
    const made = validators.get(key) ?? build({ schema: { ...schema, components }, method: "GET", url: "/" })
    validators.set(key, made as (value: unknown) => unknown)
    return made as (value: unknown) => unknown
  }

  function checkText(text: string): void {
    for (const secret of [...secrets, CHECKOUT]) expect(text).not.toContain(secret)
    for (const leak of LEAKS) expect(text).not.toMatch(leak)
  }

  function checkProblem({ status, headers, body }: RawAnswer, toHead: boolean): void {
    expect(REFUSALS).toContain(status)
    expect(headers["content-type"]).toBe("application/problem+json")
    checkText(body)
    if (toHead) return
    const problem = JSON.parse(body) as { code: string }
    expect(problem).toMatchObject({ status, type: expect.any(String), title: expect.any(String) })
    if (!(problem.code in ERRORS)) expect(problem.code).toMatch(CODE)
  }

  return {
    checkText,
    check(request, answer, operation) {
      const { status, headers, body } = answer
      const toHead = request.method === "HEAD"
      for (const [name, value] of Object.entries(headers)) {
        checkText(value)
        expect(name).not.toMatch(/^(access-control-|x-powered-by$|server$)/)
      }
      if (status >= 400) return checkProblem(answer, toHead)
      expect([200, 201, 204, 206, 301, 302, 304]).toContain(status)
      if (operation === null) return
      expect([...operation.responses.keys()]).toContain(status)
      const schema = operation.responses.get(status) ?? null
      if (schema === null) return expect(body).toBe("")
      checkText(body.replaceAll(/"(title|notes)":"(?:[^"\\]|\\.)*"/g, ""))
      const validate = validator(schema) as ((value: unknown) => boolean) & { errors?: unknown }
      const told: unknown = JSON.parse(Buffer.from(body, "latin1").toString())
      if (!validate(told)) expect.fail(`${JSON.stringify(validate.errors)} of ${JSON.stringify(told)}`)
    },
  }
}
