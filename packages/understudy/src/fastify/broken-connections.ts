import type { Server, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { STATUS_CODES } from "./node-http.ts"
import { brokenRequestProblem } from "./refused-request.ts"
import type { RunningResponses } from "./running-responses.ts"

/**
 * Ends connections whose client sends what is no request, does not send it in time, or takes nothing of its answer.
 * Requests that came whole before are answered first: a refusal in their place would tell of a write that is made
 * that it was not.
 */
export function endBrokenConnections(server: Server, running: RunningResponses): void {
  const ending = new WeakSet<Duplex>()
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy()
    // What comes after the first error is not read as requests, but told as errors.
    if (ending.has(socket)) return
    ending.add(socket)
    const responses = running.of(socket)
    const whole = responses.filter((response) => response.req.complete)
    const broken = responses.find((response) => !response.req.complete)
    const refuse = (): void => {
      if (socket.writable && broken?.headersSent !== true) socket.write(refusal(error.code))
      socket.destroy()
    }
    const last = whole.at(-1)
    if (last === undefined) refuse()
    else last.once("close", refuse)
  })

  server.on("timeout", (socket) => {
    const responses = running.of(socket)
    // The service works at it, or streams and has nothing to send just now: that is no fault of the client.
    const serviceIsSlow = responses.length > 0 && responses.every(isComplete) && socket.writableLength === 0
    if (!serviceIsSlow) socket.destroy()
  })
}

function isComplete(response: ServerResponse): boolean {
  return response.req.complete
}

/** Node has no response for what it could not read: the answer is written by hand. */
function refusal(code: string | undefined): string {
  const problem = brokenRequestProblem(code)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "connection: close",
    "content-type: application/problem+json",
    "cache-control: no-store",
    "x-content-type-options: nosniff",
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return `${head.join("\r\n")}\r\n\r\n${body}`
}
