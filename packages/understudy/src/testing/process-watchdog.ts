import { spawn } from "node:child_process"
import { once } from "node:events"

/**
 * Reads the pid to guard, line by line, an empty line where there is none. The end of input means that whoever
 * wrote is gone, by whatever death: then the process is ended, the hard way after two seconds, and the folder removed.
 * A postmaster's children have sessions of their own, so that no signal to a group would reach them.
 */
const SCRIPT = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null || pgrep -P "$pid")
  kill -CONT $pid $children 2>/dev/null
  kill -QUIT "$pid" 2>/dev/null
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 20 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL $pid $children 2>/dev/null
fi
rm -rf "$1"
`

/** Ends a process and removes its folder when this process is gone. */
export interface Watchdog extends AsyncDisposable {
  /** Tells the pid of the process that runs now; null: none does. */
  guard(pid: number | null): void
}

/**
 * Starts a watchdog for a process that lives in `folder`. It is a shell of its own session that waits for the end of
 * a pipe whose other end only this process holds, so that it also works when this process is killed.
 * Disposing it ends the process, if one is guarded, and removes the folder.
 */
export function startWatchdog(folder: string): Watchdog {
  const child = spawn("/bin/sh", ["-c", SCRIPT, "understudy-watchdog", folder], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  })
  const exited = once(child, "exit")
  exited.catch(() => {})
  child.stdin.on("error", () => {})
  child.unref()
  return {
    guard: (pid) => void child.stdin.write(`${pid ?? ""}\n`),
    async [Symbol.asyncDispose]() {
      child.ref()
      child.stdin.end()
      await exited
    },
  }
}
