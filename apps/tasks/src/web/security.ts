import helmet from "@fastify/helmet"
import rateLimit from "@fastify/rate-limit"
import type { FastifyInstance } from "fastify"

/** Who may show this service in a frame: itself, the Hub, and a Space's own address. */
export const FRAME_ANCESTORS = ["'self'", "https://huggingface.co", "https://*.hf.space"]

const POLICY = `default-src 'none'; frame-ancestors ${FRAME_ANCESTORS.join(" ")}`

/** Security headers and a rate limit. The health routes and the page set `rateLimit: false` themselves. */
export async function addSecurity(app: FastifyInstance, requestsPerMinute: number): Promise<void> {
  await app.register(helmet, {
    // It would forbid the Hub's frame; frame-ancestors is what replaces it.
    frameguard: false,
    // Ours is the same for each request; helmet would put it together anew each time.
    contentSecurityPolicy: false,
  })
  app.addHook("onRequest", (_request, reply, done) => {
    reply.header("content-security-policy", POLICY)
    done()
  })
  await app.register(rateLimit, { max: requestsPerMinute, timeWindow: 60_000, hook: "onRequest" })
}
