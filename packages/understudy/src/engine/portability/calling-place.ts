import { fileURLToPath } from "node:url"

/** Kysely's own frames stand between the call and us; more than these are not made by a query. */
const FRAMES = 60

/** The library's folder: `src` or `dist`. */
const OWN = fileURLToPath(new URL("../../", import.meta.url))

const FRAME = /\(?((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$|\(?([A-Za-z]:\\[^()]+:\d+:\d+)\)?$/

/**
 * Where the program called: file, line and column of the first frame outside this library, Kysely and Node. Undefined
 * where no such frame is on the stack. Dear: for a refusal, not for each query.
 */
export function callingPlace(): string | undefined {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = FRAMES
  const { stack = "" } = new Error("place")
  Error.stackTraceLimit = before
  return stack
    .split("\n")
    .slice(1)
    .map(fileOf)
    .find((place) => place !== undefined && !isInside(place))
}

function fileOf(frame: string): string | undefined {
  const [, unix, windows] = FRAME.exec(frame.trim()) ?? []
  const place = unix ?? windows
  return place?.startsWith("file://") === true
    ? fileURLToPath(place.replace(/:\d+:\d+$/, "")) + (/:\d+:\d+$/.exec(place)?.[0] ?? "")
    : place
}

function isInside(place: string): boolean {
  return place.startsWith(OWN) || /[\\/]node_modules[\\/](?:kysely|understudy-db)[\\/]/.test(place)
}
