import { fstatSync, writeSync } from "node:fs"
import { Socket } from "node:net"

/** Where lines go. Never throws, and never waits for a reader. */
export interface LogOutput {
  write(line: string): void
}

const STDOUT = 1
/** What may wait for a reader before lines are dropped. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024

/**
 * Standard output. Node writes to a pipe synchronously: a reader that stalls would hold up every request, and the end
 * of the process too. Here a line goes at once where there is room, waits a while where there is none, and is dropped
 * when nobody reads for long. A reader that went away, or a full disk, costs log lines and not the service.
 */
export function openLogOutput(): LogOutput {
  return inBatches(isPipe() ? toPipe() : toFile())
}

/** One system call a turn of the event loop instead of one a line. The end of the process writes what is left. */
function inBatches(output: LogOutput): LogOutput {
  let lines = ""
  const flush = (): void => {
    const batch = lines
    lines = ""
    if (batch !== "") output.write(batch)
  }
  process.on("exit", flush)
  return {
    write(line) {
      if (lines === "") setImmediate(flush)
      lines += line
    },
  }
}

function isPipe(): boolean {
  try {
    const facts = fstatSync(STDOUT)
    return facts.isFIFO() || facts.isSocket()
  } catch {
    return false
  }
}

function toPipe(): LogOutput {
  const socket = new Socket({ fd: STDOUT, readable: false, writable: true })
  socket.on("error", () => {})
  socket.unref()
  return {
    write(line) {
      if (!socket.destroyed && socket.writableLength < MOST_WAITING_BYTES) socket.write(line)
    },
  }
}

function toFile(): LogOutput {
  return {
    write(line) {
      try {
        writeSync(STDOUT, line)
      } catch {
        // It cannot be told anywhere.
      }
    },
  }
}
