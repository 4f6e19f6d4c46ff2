import ajvCompiler from "@fastify/ajv-compiler"
import type { FastifySchemaCompiler, FastifySchema } from "fastify"

/**
 * Two validators: text of a query or a path is turned into what the schema asks for, a body is taken as it is.
 * Neither drops what it does not know: a misspelt property is an answer of 400, not silence.
 */
export function createValidators(): FastifySchemaCompiler<FastifySchema> {
  const build = ajvCompiler()
  const strict = build({}, { customOptions: { coerceTypes: false, removeAdditional: false } })
  const lenient = build({}, { customOptions: { coerceTypes: true, removeAdditional: false } })
  return (route) => (route.httpPart === "body" ? strict(route) : lenient(route))
}
