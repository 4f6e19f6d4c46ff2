import helmet from "@fastify/helmet"
import rateLimit from "@fastify/rate-limit"
import type { FastifyInstance } from "fastify"

/** Who may show this service in a frame: itself, the Hub, and a Space's own address. */
export const FRAME_ANCESTORS = ["'self'", "https://huggingface.co", "https://*.hf.space"]

/** Security headers and a rate limit. The health routes and the page set `rateLimit: false` themselves. */
export async function addSecurity(app: FastifyInstance, requestsPerMinute: number): Promise<void> {
  await app.register(helmet, {
    // It would forbid the Hub's frame; frame-ancestors is what replaces it.
    frameguard: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: FRAME_ANCESTORS },
    },
  })
  await app.register(rateLimit, { max: requestsPerMinute, timeWindow: 60_000, hook: "onRequest" })
}
