#!/usr/bin/env node
import { text } from "node:stream/consumers"
import { runCommandLine } from "./program.ts"

const { stdin, stdout, stderr } = process

// The code is set, not forced: what was written to a pipe still gets through.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: (line) => stdout.write(line),
  err: (line) => stderr.write(line),
  input: () => text(stdin),
  ...(stdout.isTTY ? { terminal: { columns: stdout.columns } } : {}),
})
