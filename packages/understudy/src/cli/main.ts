#!/usr/bin/env node
import { createInterface } from "node:readline/promises"
import { text } from "node:stream/consumers"
import { runCommandLine } from "./program.ts"

const { stdin, stdout, stderr } = process

/** An end of the input, as by Ctrl-D, is an empty answer. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stdout })
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")))
  try {
    return await Promise.race([terminal.question(question), closed])
  } finally {
    terminal.close()
  }
}

// The code is set, not forced: what was written to a pipe still gets through.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: (line) => stdout.write(line),
  err: (line) => stderr.write(line),
  input: () => text(stdin),
  ...(stdout.isTTY ? { terminal: { columns: stdout.columns } } : {}),
  ...(stdin.isTTY && stdout.isTTY ? { ask } : {}),
})
