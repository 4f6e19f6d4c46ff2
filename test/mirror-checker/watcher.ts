import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

const PROGRAM = join(import.meta.dirname, "watch.ts")

/** What a watcher saw. */
export interface Watched {
  readonly rounds: number
  readonly broken: readonly string[]
}

/** Somebody who reads a copy all the time, in a process of its own. */
export interface Watcher {
  /** Ends it. That it died is something that must not be. */
  stop(): Promise<Watched>
}

/** Begins to read a copy. */
export function watch(file: string): Watcher {
  const child = fork(PROGRAM, [file], {
    execArgv: ["--conditions=understudy-source"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  })
  let stderr = ""
  let watched: Watched | undefined
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  child.on("message", (message: Watched) => (watched = message))
  const exited = once(child, "close")
  return {
    async stop() {
      if (child.connected) child.send({ type: "stop" }, () => {})
      await exited
      return watched ?? { rounds: 0, broken: [`the reader of ${file} died: ${stderr}`] }
    },
  }
}
