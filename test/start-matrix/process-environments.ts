import { EMBEDDED, fallback, GOOD_URL, PRIMARY } from "./expectations.ts"
import { FAKETIME_LIBRARY } from "./needs.ts"
import type { StartEnvironment } from "./start-environment.ts"

const CLOSED_URL = "postgresql://tasks:{canary}@{closed}/app"

/** The longest text that Linux lets a single variable have, its name included: 128 KiB. */
const LONGEST_VALUE = 131_000
/** What a `.env` file may hold is 256 KiB in all. */
const LONG_VALUE = 200_000
const MEGABYTE = 1_000_000

const clockAt = (time: string): Readonly<Record<string, string>> => ({
  LD_PRELOAD: FAKETIME_LIBRARY,
  FAKETIME: `@${time}`,
  // The clock on the wall alone is wrong; durations are not.
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
  NO_FAKE_STAT: "1",
})

/** The port, the clock, the memory, the streams: what a process stands on. */
export const PROCESS_ENVIRONMENTS: readonly StartEnvironment[] = [
  // Where it listens.
  {
    name: "a HOST that does not resolve",
    env: { HOST: "tasks.understudy.invalid" },
    expect: { ...EMBEDDED, findings: ["settings.invalid"] },
  },
  {
    name: "a HOST that is another machine's address",
    env: { HOST: "192.0.2.1" },
    expect: { ...EMBEDDED, findings: ["settings.invalid"] },
  },
  {
    name: "a HOST that is a URL",
    long: true,
    env: { HOST: "http://0.0.0.0:7860/" },
    expect: { ...EMBEDDED, findings: ["settings.invalid"] },
  },
  {
    name: "a PORT that this account may not have",
    needs: ["low-ports-closed"],
    env: { PORT: "80" },
    unprivileged: true,
    defaultPort: true,
    expect: { ...EMBEDDED, findings: ["settings.port-unusable"] },
  },
  {
    name: "a PORT out of range",
    env: { PORT: "70000" },
    defaultPort: true,
    expect: { ...EMBEDDED, findings: ["settings.invalid"] },
  },
  {
    name: "a PORT as Docker's links set it",
    long: true,
    env: { PORT: "tcp://172.17.0.2:7860" },
    defaultPort: true,
    expect: { ...EMBEDDED, findings: ["settings.invalid"] },
  },

  // Who it is.
  {
    name: "HOME unset, and a closed port",
    env: { DATABASE_URL: CLOSED_URL },
    unprivileged: true,
    expect: fallback("primary.refused"),
  },
  {
    name: "a HOME that is not there, and nothing else to write to",
    env: { HOME: "/nonexistent", TMPDIR: "/nonexistent" },
    fixtures: [{ path: "sealed", kind: "sealed-folder" }],
    cwd: "sealed",
    unprivileged: true,
    expect: { ...EMBEDDED, findings: ["storage.no-folder", "storage.memory"] },
  },
  {
    name: "a working folder that is gone",
    env: { HOME: "{home}" },
    shell: 'mkdir gone; cd gone; rmdir "$PWD"',
    // Root would make its folder below the root of all.
    unprivileged: true,
    expect: EMBEDDED,
  },

  // The clock.
  {
    name: "a clock in 1970",
    needs: ["faketime"],
    env: clockAt("1970-01-01 00:00:10"),
    expect: EMBEDDED,
  },
  {
    name: "a clock in 1970, and PostgreSQL",
    long: true,
    needs: ["faketime"],
    env: { ...clockAt("1970-01-01 00:00:10"), DATABASE_URL: GOOD_URL },
    expect: PRIMARY,
  },
  {
    name: "a clock in 2100",
    long: true,
    needs: ["faketime"],
    env: { ...clockAt("2100-06-01 12:00:00"), DATABASE_URL: CLOSED_URL },
    expect: fallback("primary.refused"),
  },

  // What it may take.
  {
    name: "a heap of 48 MB",
    env: { NODE_OPTIONS: "--max-old-space-size=48" },
    expect: EMBEDDED,
  },
  {
    name: "a heap of 48 MB, and PostgreSQL",
    long: true,
    env: { NODE_OPTIONS: "--max-old-space-size=48", DATABASE_URL: GOOD_URL },
    expect: PRIMARY,
  },
  { name: "32 open files at most", env: {}, shell: "ulimit -n 32", expect: EMBEDDED },
  {
    name: "32 open files at most, and a closed port",
    long: true,
    env: { DATABASE_URL: CLOSED_URL },
    shell: "ulimit -n 32",
    expect: fallback("primary.refused"),
  },

  // The streams.
  { name: "standard input closed", long: true, env: {}, shell: "exec <&-", expect: EMBEDDED },
  { name: "standard output closed", env: {}, shell: "exec >&-", mute: true, expect: EMBEDDED },
  {
    name: "standard error closed",
    env: { DATABASE_URL: CLOSED_URL },
    shell: "exec 2>&-",
    expect: fallback("primary.refused"),
  },
  {
    name: "all three streams closed",
    env: { DATABASE_URL: CLOSED_URL },
    shell: "exec <&- >&- 2>&-",
    mute: true,
    expect: fallback("primary.refused"),
  },
  {
    name: "nobody reads standard output",
    env: { DATABASE_URL: CLOSED_URL },
    drops: "stdout",
    mute: true,
    expect: fallback("primary.refused"),
  },
  {
    name: "nobody reads standard error",
    long: true,
    env: { DATABASE_URL: CLOSED_URL },
    drops: "stderr",
    expect: fallback("primary.refused"),
  },
  {
    name: "standard output is a full disk",
    long: true,
    env: { DATABASE_URL: CLOSED_URL },
    shell: "exec > /dev/full",
    mute: true,
    expect: fallback("primary.refused"),
  },

  // Values of a kind that no one expects.
  {
    name: "a URL of 128 KiB",
    env: { DATABASE_URL: `postgresql://tasks:{canary}@{closed}/${"a".repeat(LONGEST_VALUE - 300)}` },
    expect: fallback("primary.refused"),
  },
  {
    name: "a URL of 200 KiB, in .env",
    env: {},
    fixtures: [
      {
        path: ".env",
        kind: { text: `DATABASE_URL=postgresql://tasks:{canary}@{closed}/${"a".repeat(LONG_VALUE)}\n` },
      },
    ],
    expect: fallback("primary.refused"),
  },
  {
    name: "200 KiB of @ and : in .env",
    long: true,
    env: {},
    fixtures: [
      {
        path: ".env",
        kind: { text: `DATABASE_URL="postgresql://{word-canary}${"@:".repeat(LONG_VALUE / 2)}"\n` },
      },
    ],
    expect: fallback("url.host-missing"),
  },
  {
    name: "a password of 200 KiB, in .env",
    long: true,
    env: {},
    fixtures: [
      {
        path: ".env",
        kind: {
          text: `DATABASE_URL=postgresql://tasks:{word-canary}${"z".repeat(LONG_VALUE)}@{closed}/app\n`,
        },
      },
    ],
    expect: fallback("primary.refused"),
  },
  {
    name: "a .env of a megabyte",
    env: {},
    fixtures: [
      {
        path: ".env",
        kind: { text: `DATABASE_URL=postgresql://tasks:{canary}@{closed}/${"a".repeat(MEGABYTE)}\n` },
      },
    ],
    expect: { ...EMBEDDED, findings: ["settings.dot-env-unread"] },
  },
  {
    name: "a .env that this account may not read",
    env: {},
    fixtures: [{ path: ".env", kind: { text: "DATABASE_URL=postgresql://tasks:{canary}@{closed}/app\n" } }],
    shell: "chmod 0 .env",
    unprivileged: true,
    expect: { ...EMBEDDED, findings: ["settings.dot-env-unread"] },
  },
  {
    name: "control characters in the URL",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@127.0.0.1\u001b[31m\u0007:5432/app\u0001" },
    expect: fallback("url.host-invalid"),
  },
  {
    name: "a NUL in the URL, in .env",
    env: {},
    fixtures: [
      { path: ".env", kind: { text: "DATABASE_URL=postgresql://tasks:{canary}@{closed}/a\u0000pp\n" } },
    ],
    expect: fallback("url.not-a-url"),
  },
  {
    name: "an encoded NUL and line break in the database's name",
    long: true,
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{server}/a%00b%0Ac" },
    expect: fallback("url.not-a-url"),
  },
  {
    name: "a .env that is a folder",
    long: true,
    env: {},
    fixtures: [{ path: ".env", kind: "folder" }],
    expect: EMBEDDED,
  },
  {
    name: "a .env that is no text",
    long: true,
    env: {},
    fixtures: [{ path: ".env", kind: { text: "\u0000\u0001\ufffdDATABASE_URL\u0000=\u0000{word-canary}" } }],
    expect: EMBEDDED,
  },
]
