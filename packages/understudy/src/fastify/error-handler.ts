import type { FastifyReply, FastifyRequest } from "fastify"
import type { Redactor } from "../base/redact.ts"
import { plainProblem, toProblem, type Problem, type ProblemAnswer } from "./problem.ts"
import { loggedError } from "./logged-error.ts"

/** Headers that spoke of the reply that the problem replaces. */
const OF_THE_REPLACED_REPLY = [
  "location",
  "content-location",
  "content-disposition",
  "content-encoding",
  "content-range",
  "etag",
  "last-modified",
  "expires",
]

/** Answers errors as `application/problem+json`; see `toProblem` for what is told. */
export function createErrorHandler(
  redact: Redactor,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => answerProblem(error, toProblem(error), { request, reply, redact })
}

/** Logs an error, and answers with what it is for the client. */
export function answerProblem(
  error: unknown,
  { problem, retryAfterSeconds, serious }: ProblemAnswer,
  { request, reply, redact }: { request: FastifyRequest; reply: FastifyReply; redact: Redactor },
): void {
  if (serious) request.log.error({ err: loggedError(error, redact), code: problem.code }, problem.title)
  // A refusal is the client's fault: its stack tells nothing, and its text may quote the request.
  else request.log.debug({ problem }, problem.title)
  for (const header of OF_THE_REPLACED_REPLY) reply.removeHeader(header)
  if (retryAfterSeconds !== null) reply.header("retry-after", String(retryAfterSeconds))
  sendProblem(reply, problem)
}

/** Answers unknown routes. */
export function answerNotFound(_request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(reply, plainProblem(404, "NOT_FOUND"))
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  reply
    .code(problem.status)
    .header("cache-control", "no-store")
    .type("application/problem+json")
    // A route's own response schema must not drop fields of the problem.
    .serializer(JSON.stringify)
    .send(problem)
}
