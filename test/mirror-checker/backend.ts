// A small backend for the checker: a database with its mirror, and a door for writers, by messages of its parent.
import { isUnderstudyError } from "understudy-db"
import type { Outcome } from "./door.ts"
import { drawFrom } from "../../packages/understudy/src/drill/draw.ts"
import type { BackendStart, FromBackend, ToBackend } from "./messages.ts"
import { openMirrored } from "./open-mirrored.ts"
import { Pace } from "./pace.ts"
import { writerOf } from "./writers/all.ts"
import type { Effect } from "./writers/writer.ts"

const pace = new Pace()
const { db, copy, close } = await openMirrored(
  JSON.parse(process.env["CHECKER_START"] ?? "{}") as BackendStart,
)

const tell = (message: FromBackend): void => void process.send?.(message)

async function run(name: string, seed: number): Promise<Outcome> {
  const writer = writerOf(name)
  try {
    let effect: Effect = {}
    await db.write(async (session) => {
      effect = await writer.run(session, drawFrom(seed), {
        othersCommitted: (count) => pace.othersCommitted(count),
        savepoint: (work) => session.savepoint(work),
      })
    })
    pace.committed()
    return { kind: "applied", effect }
  } catch (error) {
    const isUnknown = isUnderstudyError(error) && error.code === "UNDERSTUDY_COMMIT_UNKNOWN"
    return { kind: isUnknown ? "unknown" : "refused", why: String(error) }
  }
}

process.on("message", (message: ToBackend) => {
  switch (message.type) {
    case "run":
      void run(message.writer, message.seed).then((outcome) =>
        tell({ type: "outcome", call: message.call, outcome }),
      )
      return
    case "status":
      return tell({ type: "status", call: message.call, copy: copy() })
    case "hurry":
      return pace.hurry(message.isHurried)
    case "close":
      void close().then(() => process.disconnect())
      return
    default:
      message satisfies never
  }
})
// Whoever started it is gone.
process.on("disconnect", () => process.exit())
tell({ type: "open" })
