import type { IncomingMessage } from "node:http"
import { plainProblem, type Problem } from "./problem.ts"

/** More than any browser with all its proxies sends. */
const MOST_HEADERS = 100

/**
 * What is wrong with a request's head, whatever it asks for; null: nothing. A proxy and a server that take another of two
 * hosts, or drop other headers, see two requests in one.
 */
export function headProblem({ rawHeaders, headers, httpVersion }: IncomingMessage): Problem | null {
  if (rawHeaders.length > 2 * MOST_HEADERS)
    return plainProblem(431, "HTTP_431", `More than ${MOST_HEADERS} headers.`)
  // The parser refuses these too, but only once the request has been handed on: it could be done and be told that it was not.
  const coding = headers["transfer-encoding"]
  if (coding !== undefined && (coding.toLowerCase() !== "chunked" || headers["content-length"] !== undefined))
    return plainProblem(400, "HTTP_400", "The body's length is not clear.")
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === "host") hosts++
  if (hosts === 1 || (hosts === 0 && httpVersion === "1.0")) return null
  return plainProblem(400, "HTTP_400", "There must be one Host header.")
}

/** What a client is told whose bytes are no request, or whose request did not come in time. */
export function brokenRequestProblem(code: string | undefined): Problem {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return plainProblem(431, "HTTP_431", "The headers are too large.")
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return plainProblem(413, "HTTP_413", "The chunks' extensions are too large.")
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return plainProblem(408, "HTTP_408", "The request did not come in time.")
    default:
      return plainProblem(400, "HTTP_400", "This is no request of HTTP/1.1.")
  }
}
