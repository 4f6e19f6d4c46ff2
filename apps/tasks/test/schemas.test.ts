import ajvCompiler from "@fastify/ajv-compiler"
import { expect, test } from "vitest"
import * as schemas from "../src/tasks/task-schemas.ts"

const objects = Object.entries(schemas).filter(([, value]) => !Array.isArray(value))

test.each(objects)("%s fits the meta-schema, and has no keyword that is not known", (_name, schema) => {
  const compile = ajvCompiler()(
    { Task: schemas.taskSchema },
    { customOptions: { strict: true, validateSchema: true, allowUnionTypes: true } },
  )
  expect(() => compile({ schema, method: "GET", url: "/" })).not.toThrow()
})

test("the meta-schema finds what is wrong", () => {
  const compile = ajvCompiler()({}, { customOptions: { strict: true, validateSchema: true } })
  expect(() => compile({ schema: { type: "string", minLength: -1 }, method: "GET", url: "/" })).toThrow()
})
