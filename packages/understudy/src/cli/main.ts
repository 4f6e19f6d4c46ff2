#!/usr/bin/env node
import { runCommandLine } from "./program.ts"

// The code is set, not forced: what was written to a pipe still gets through.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
})
