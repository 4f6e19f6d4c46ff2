import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { startingStatus, withFindings, type DatabaseStatus } from "../health/status.ts"
import type { Settings } from "../settings/settings.ts"
import type { Finding } from "../errors/finding.ts"
import { endBrokenConnections } from "./broken-connections.ts"
import { serverOptions, type ConnectionLimits } from "./connection-limits.ts"
import { answerHealth, answerNotReady, answerPage, LIVE_ANSWER, type HealthAnswer } from "./health-answers.ts"
import { listenAt, type Listening } from "./listen.ts"
import { createServer } from "./node-http.ts"
import type { StatusPageOptions } from "./page/status-page.ts"
import { plainProblem, toProblem, type Problem } from "./problem.ts"
import { headProblem } from "./refused-request.ts"
import { RunningResponses } from "./running-responses.ts"

/** Options of {@link createDoor}. */
export interface DoorOptions {
  /** Where to listen; what `readSettings` gave. */
  readonly settings: Pick<Settings, "host" | "port" | "fallback">
  /** The database's status; undefined before it is opened. */
  readonly status: () => DatabaseStatus | undefined
  /** As given to the plugin. Default: `/health`. */
  readonly healthPrefix?: string
  readonly statusPage?: StatusPageOptions
  /** How many requests may wait for the service to be loaded; more get 503. Default: 1000. */
  readonly maxWaiting?: number
  readonly limits?: ConnectionLimits
}

/**
 * A port that is open before the service is loaded: it answers the health routes and the page by itself, holds all
 * other requests, and hands them over to Fastify as soon as that is ready.
 */
export interface Door {
  readonly server: Server
  /**
   * Where `HOST` or a port that this account may not have cannot be listened on, it listens on the default and says so.
   * Rejects with `UNDERSTUDY_LISTEN` when the port is taken.
   */
  listen(): Promise<Listening>
  /** What was found about where to listen; complete after {@link Door.listen}. The plugin shows it as it is given there. */
  readonly findings: readonly Finding[]
  /** For Fastify's option `serverFactory`. */
  readonly serverFactory: (handler: RequestListener) => Server
  /** For Fastify's option of that name. It does nothing: the door itself has answered by then, as a problem. */
  readonly clientErrorHandler: () => void
  /** To be called when Fastify is ready: from now on it answers everything, first what waited. */
  handOver(): void
  /** Takes no new connection, lets what runs finish, and cuts off what has not finished after `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void>
}

/** Makes a door; it is shut until `listen`. */
export function createDoor(options: DoorOptions): Door {
  const { settings, healthPrefix = "/health", statusPage = {}, maxWaiting = 1000 } = options
  const since = new Date()
  let findings: readonly Finding[] = []
  const status = (): DatabaseStatus =>
    withFindings(options.status() ?? startingStatus(since, settings.fallback), findings)
  const links = statusPage.links ?? [{ href: healthPrefix, label: "Health" }]
  const held = new Map<ServerResponse, IncomingMessage>()
  let handler: RequestListener | null = null
  let serve: RequestListener = hold
  let closing = false

  function ownAnswer(request: IncomingMessage): HealthAnswer | null {
    if (request.method !== "GET" && request.method !== "HEAD") return null
    // Only the public view: who is the admin is the plugin's business.
    switch (request.url?.split("?", 1)[0]) {
      case `${healthPrefix}/live`:
        return LIVE_ANSWER
      case `${healthPrefix}/ready`:
        return answerNotReady(status(), new Date())
      case healthPrefix:
        return answerHealth(status(), false, new Date())
      case "/":
        return answerPage(status(), { ...statusPage, links }, new Date())
      default:
        return null
    }
  }

  function hold(request: IncomingMessage, response: ServerResponse): void {
    const answer = ownAnswer(request)
    if (answer !== null) return send(request, response, answer)
    if (held.size >= maxWaiting) return send(request, response, OVERLOADED)
    held.set(response, request)
    response.once("close", () => held.delete(response))
  }

  const running = new RunningResponses()
  const receive = (request: IncomingMessage, response: ServerResponse, problem: Problem | null): void => {
    running.add(response)
    response.once("close", () => {
      // The connection counts as idle only after this event.
      if (closing) setImmediate(() => server.closeIdleConnections())
    })
    if (closing || problem !== null) announceClose(response)
    if (problem === null) serve(request, response)
    else send(request, response, answerOf(problem))
  }
  const { timeout, ...limits } = serverOptions(options.limits)
  const server = createServer(limits, (request, response) => {
    receive(request, response, headProblem(request))
  })
  server.timeout = timeout
  server.on("checkExpectation", (request, response) => {
    receive(request, response, headProblem(request) ?? plainProblem(417, "HTTP_417"))
  })
  endBrokenConnections(server, running)

  return {
    server,
    serverFactory: (given) => {
      handler = given
      return server
    },
    clientErrorHandler() {},
    handOver() {
      if (handler === null)
        throw new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", {
          argument: "serverFactory",
          rule: "give it to Fastify before the door is handed over",
        })
      serve = handler
      for (const [response, request] of held) handler(request, response)
      held.clear()
    },
    async listen() {
      const listening = await listenAt(server, settings)
      findings = listening.findings
      return listening
    },
    get findings() {
      return findings
    },
    async close({ graceMs }) {
      closing = true
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      running.forEach(announceClose)
      for (const [response, request] of held) send(request, response, CLOSING)
      const cut = setTimeout(() => server.closeAllConnections(), graceMs)
      await promise
      clearTimeout(cut)
    },
  }
}

const OVERLOADED = answerOf(plainProblem(503, "HTTP_503", "The service is starting."))
const CLOSING = answerOf(toProblem(new UnderstudyError("UNDERSTUDY_CLOSED")).problem)

function answerOf(problem: Problem): HealthAnswer {
  const headers = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(problem.status === 503 ? { "retry-after": "5" } : {}),
  }
  return { statusCode: problem.status, headers, body: JSON.stringify(problem) }
}

/** Tells the client that its connection ends with this answer, if it can still be told. */
function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("connection", "close")
}

function send(request: IncomingMessage, response: ServerResponse, answer: HealthAnswer): void {
  response.writeHead(answer.statusCode, {
    ...answer.headers,
    "content-length": String(Buffer.byteLength(answer.body)),
  })
  response.end(request.method === "HEAD" ? undefined : answer.body)
}
