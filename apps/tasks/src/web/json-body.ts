import { isUtf8 } from "node:buffer"
import type { FastifyInstance } from "fastify"
import { HttpProblem } from "understudy-db/fastify"

/**
 * Reads bodies as JSON. Fastify's own reader puts U+FFFD where bytes are no UTF-8, and what would be stored is not what was
 * sent; here that is refused. So are `__proto__` and `constructor.prototype`.
 */
export function addJsonBody(app: FastifyInstance): void {
  const parseText = app.getDefaultJsonParser("error", "error")
  app.removeContentTypeParser("application/json")
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
    if (isUtf8(body)) return parseText(request, body.toString(), done)
    done(new HttpProblem(400, "body.not-utf-8", "The body is no UTF-8."))
  })
}
