// Replays one file, in a process that a test ends at a numbered step.
import { ReplayRun } from "../../src/replay/replay-run.ts"
import { Secret } from "../../src/base/secret.ts"

const [url = "", file = ""] = process.argv.slice(2)
const { username, password, hostname, port, pathname } = new URL(url)
const run = new ReplayRun(
  {
    postgres: {
      parts: {
        user: decodeURIComponent(username),
        password: new Secret(decodeURIComponent(password)),
        hosts: [{ host: hostname, port: Number(port) }],
        database: pathname.slice(1),
        params: {},
      },
      poolMax: 5,
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 20_000,
      values: { int8: "number", timestamptz: "date" },
    },
    file,
    policies: { default: "primary", tables: {} },
    throttle: { workMs: 1_000, pauseMs: 0 },
  },
  new AbortController().signal,
  () => {},
)
await run.run(null)
run[Symbol.dispose]()
