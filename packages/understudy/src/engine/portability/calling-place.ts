import { fileURLToPath } from "node:url"

/** Kysely's own frames stand between the call and us; more than these are not made by a query. */
const FRAMES = 60

/** The library's folder: `src` or `dist`. */
const OWN = fileURLToPath(new URL("../../", import.meta.url))

/** A file, by a URL or a path, with line and column, at the end of a frame. Folders may have brackets in their names. */
const FRAME = /(?:^at (?:async )?|\()((?:file:\/\/)?\/.+:\d+:\d+|[A-Za-z]:\\.+:\d+:\d+)\)?$/
const POSITION = /:\d+:\d+$/

/**
 * Where the program called: file, line and column of the first frame outside this library, Kysely and Node. Undefined
 * where no such frame is on the stack. Dear: for a refusal, not for each query.
 */
export function callingPlace(): string | undefined {
  return placeIn(currentStack())
}

function currentStack(): string {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = FRAMES
  try {
    const { stack } = new Error("place")
    // A program may have its own Error.prepareStackTrace, which makes what it likes of it.
    return typeof stack === "string" ? stack : ""
  } finally {
    Error.stackTraceLimit = before
  }
}

/** The first place of the program in a stack's text. */
export function placeIn(stack: string): string | undefined {
  return stack
    .split("\n")
    .slice(1)
    .map(fileOf)
    .find((place) => place !== undefined && !isInside(place))
}

function fileOf(frame: string): string | undefined {
  // Text that was evaluated has no line in a file.
  const place = frame.includes(", <anonymous>:") ? undefined : FRAME.exec(frame.trim())?.[1]
  if (place?.startsWith("file://") !== true) return place
  const position = POSITION.exec(place)?.[0] ?? ""
  try {
    return fileURLToPath(place.slice(0, -position.length)) + position
  } catch {
    // A URL of another machine's, as a bundler may write it: it is told as it stands.
    return place
  }
}

function isInside(place: string): boolean {
  return place.startsWith(OWN) || /[\\/]node_modules[\\/](?:kysely|understudy-db)[\\/]/.test(place)
}
