import { systemClock } from "../../src/base/clock.ts"
import { Secret } from "../../src/base/secret.ts"
import { Monitor } from "../../src/failover/monitor.ts"

/** Watches the server of the URL given as argument, and writes a line for all that it is told. */
const { username, password, port, pathname } = new URL(process.argv[2] ?? "")
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const monitor = new Monitor(
  {
    postgres: {
      parts: {
        user: username,
        password: new Secret(decodeURIComponent(password)),
        hosts: [{ host: "127.0.0.1", port: Number(port) }],
        database: pathname.slice(1),
        params: {},
      },
      poolMax: 3,
      connectTimeoutMs: 3_000,
      statementTimeoutMs: 10_000,
      values: { int8: "number", timestamptz: "date" },
    },
    redact: (text) => text,
    clock: systemClock,
  },
  {
    lost: ({ code }) => say(`lost ${code}`),
    back: () => say("back"),
    probed: ({ ok }) => say(ok ? "good" : "bad"),
  },
)
monitor.start("serving")
// The monitor keeps no process alive.
process.stdin.on("end", () => monitor.close()).resume()
