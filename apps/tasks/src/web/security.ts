import rateLimit from "@fastify/rate-limit"
import type { FastifyInstance } from "fastify"

/** Who may show this service in a frame: itself, the Hub, and a Space's own address. */
export const FRAME_ANCESTORS = ["'self'", "https://huggingface.co", "https://*.hf.space"]

/**
 * The same for each answer; a page sets a policy of its own. Without `x-frame-options`, which would forbid the Hub's
 * frame. `@fastify/helmet` puts its headers together anew for each request, which took a twelfth of its time.
 */
export const SECURITY_HEADERS = {
  "content-security-policy": `default-src 'none'; frame-ancestors ${FRAME_ANCESTORS.join(" ")}`,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
} as const

/** Security headers and a rate limit. The health routes and the page set `rateLimit: false` themselves. */
export async function addSecurity(app: FastifyInstance, requestsPerMinute: number): Promise<void> {
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS)
    done()
  })
  await app.register(rateLimit, { max: requestsPerMinute, timeWindow: 60_000, hook: "onRequest" })
}
