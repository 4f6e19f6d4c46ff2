import ajvCompiler from "@fastify/ajv-compiler"
import type { FastifySchemaCompiler, FastifySchema } from "fastify"

/**
 * Two validators: text of a query or a path is turned into what the schema asks for, a body is taken as it is.
 * Neither drops what it does not know: a misspelt property is an answer of 400, not silence.
 */
export function createValidators(): FastifySchemaCompiler<FastifySchema> {
  const build = ajvCompiler()
  // The schemas are constants, which a test compares with the meta-schema: at every start it would take 20 ms.
  const common = { removeAdditional: false, validateSchema: false, meta: false } as const
  const strict = build({}, { customOptions: { ...common, coerceTypes: false } })
  // With strict numbers a text that is turned into Infinity passes, and no bound is looked at.
  const lenient = build({}, { customOptions: { ...common, coerceTypes: true, strictNumbers: false } })
  return (route) => (route.httpPart === "body" ? strict(route) : lenient(route))
}
