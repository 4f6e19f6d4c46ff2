import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { setTimeout as wait } from "node:timers/promises"
import { Client } from "pg"
import type { FaultPoint } from "../../src/base/fault-point.ts"
import type { Accounts, Stage } from "./mirrored-program.ts"

/** So many are taken by SQLite before PostgreSQL is there again. */
const WRITES_AWAY = 5

/** What became of a program that wrote through an outage. */
export interface Outage {
  /** The rows that were acknowledged. */
  readonly said: readonly string[]
  /** How often it stood still at the step. */
  readonly met: number
  readonly code: number | null
  readonly signal: string | null
}

/** Stopped by SIGSTOP, as the system says. */
export function isStopped({ pid }: ChildProcess): boolean {
  if (pid === undefined) return false
  const text = readFileSync(`/proc/${pid}/stat`, "utf8")
  return text.slice(text.lastIndexOf(")") + 2).startsWith("T")
}

/** Disposed of once it has ended: what it writes would else come into a folder that is being removed. */
type Stepping = ChildProcessByStdio<null, Readable, null> & AsyncDisposable

/** Begins the stepping program; at the step the system sends it the signal. */
export function spawnStepping(
  { url, folder }: Stage<Accounts>,
  point: FaultPoint,
  signal: "SIGKILL" | "SIGSTOP",
): Stepping {
  const program = join(import.meta.dirname, "stepping-program.ts")
  const conditions = ["--conditions=understudy-faults", "--conditions=understudy-source"]
  const child = spawn(process.execPath, [...conditions, program], {
    env: {
      NODE_ENV: "production",
      DATABASE_URL: url,
      DATABASE_PATH: folder,
      DATABASE_FALLBACK: "read-write",
      DATABASE_FALLBACK_AFTER: "0",
      UNDERSTUDY_FAULT_POINT: point,
      UNDERSTUDY_FAULT_SIGNAL: signal,
    },
    stdio: ["ignore", "pipe", "ignore"],
  })
  const exited = once(child, "exit")
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await exited
    },
  })
}

/**
 * Lets a program write through an outage until PostgreSQL serves again. At the step it is killed, or, where something is to be
 * done there, stands still meanwhile; that begins after what was being done to the server.
 */
export async function writeThroughOutage(
  stage: Stage<Accounts>,
  point: FaultPoint,
  atStep?: () => Promise<void>,
): Promise<Outage> {
  await using child = spawnStepping(stage, point, atStep === undefined ? "SIGKILL" : "SIGSTOP")
  const ended = once(child, "exit") as Promise<[number | null, string | null]>
  let done = Promise.resolve()
  const next = (what: () => Promise<void>): Promise<void> => (done = done.then(what))

  let met = 0
  const meet = async (act: () => Promise<void>): Promise<void> => {
    while (child.exitCode === null && child.signalCode === null) {
      if (isStopped(child)) {
        // A thread that begins anew comes to the step anew.
        if (met === 0) await next(act)
        met += 1
        child.kill("SIGCONT")
      }
      await wait(5)
    }
  }
  const meeting = atStep === undefined ? undefined : meet(atStep)

  const said: string[] = []
  let away = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "live") await next(() => stage.postgres.stop("immediate"))
    else said.push(line)
    away = stage.postgres.pid === null ? away + 1 : 0
    if (away === WRITES_AWAY) await next(() => stage.postgres.start())
  }
  const [code, signal] = await ended
  await meeting
  if (stage.postgres.pid === null) await stage.postgres.start()
  return { said, met, code, signal }
}

const PARKED_ROWS = "select key->>'id' as id from understudy.parked_change where operation = 'insert'"

/** The balances that PostgreSQL has, and the rows that transactions which are parked there would have made. */
export async function onPrimary({ url }: Stage<Accounts>): Promise<{
  readonly rows: ReadonlyMap<string, number>
  readonly parked: readonly string[]
}> {
  const client = new Client(url)
  await client.connect()
  try {
    const { rows } = await client.query<{ id: string; balance: number }>("select id, balance from account")
    const kept = await client.query("select from pg_class where relname = 'parked_change'")
    const parked = kept.rowCount === 0 ? [] : (await client.query<{ id: string }>(PARKED_ROWS)).rows
    return {
      rows: new Map(rows.map(({ id, balance }) => [id, balance])),
      parked: parked.map(({ id }) => id),
    }
  } finally {
    await client.end()
  }
}
