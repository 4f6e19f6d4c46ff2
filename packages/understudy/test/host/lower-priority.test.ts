import { readFileSync } from "node:fs"
import { once } from "node:events"
import { getPriority } from "node:os"
import { Worker } from "node:worker_threads"
import { expect, test } from "vitest"

const PROGRAM = `
  import { readFileSync, readlinkSync } from "node:fs"
  import { parentPort } from "node:worker_threads"
  import { lowerThreadPriority } from ${JSON.stringify(new URL("../../src/host/lower-priority.ts", import.meta.url).href)}
  lowerThreadPriority("mirror")
  parentPort.postMessage(readFileSync("/proc/thread-self/stat", "utf8"))
`

/** The nineteenth field of \`stat\`; the second may hold blanks. */
function niceOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16])
}

test.skipIf(process.platform !== "linux")(
  "only the thread that asks for it gives way to others",
  async () => {
    const before = niceOf(readFileSync("/proc/thread-self/stat", "utf8"))
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(PROGRAM)}`))
    const [stat] = (await once(worker, "message")) as [string]
    expect(niceOf(stat)).toBe(19)
    expect(niceOf(readFileSync("/proc/thread-self/stat", "utf8"))).toBe(before)
    expect(getPriority()).toBe(before)
  },
)
