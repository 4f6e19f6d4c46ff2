// A small backend: a database whose fallback takes writes, and clients' operations by messages of its parent.
import { createLineLogger, type Logger } from "../base/logger.ts"
import { DatabaseError, isUnderstudyError, openDatabase, type Database } from "../index.ts"
import type { BackendStart, FromBackend, HandedBack, Standing, ToBackend } from "./messages.ts"
import { NotDone, WORK, type Operation, type Outcome } from "./operations.ts"
import { createTables, type Tables } from "./tables.ts"

/** So often it is looked whether the state is another one. */
const STATE_POLL_MS = 5

let db: Database<Tables>
let toldState = ""

const tell = (message: FromBackend): void => void process.send?.(message)

/** Writes all to standard error, and tells what was handed back. */
function tellingLogger(): Logger {
  const lines = createLineLogger((line) => void process.stderr.write(line), "info")
  return {
    ...lines,
    info(fields, message) {
      lines.info(fields, message)
      if ("handedBack" in fields)
        tell({ type: "handed-back", ...(fields.handedBack as Omit<HandedBack, "type">) })
    },
  }
}

async function start({ url, folder, poolMax }: BackendStart): Promise<void> {
  db = openDatabase<Tables>({
    env: {
      NODE_ENV: "production",
      DATABASE_URL: url,
      DATABASE_PATH: folder,
      DATABASE_POOL_MAX: String(poolMax),
      DATABASE_FALLBACK: "read-write",
      DATABASE_FALLBACK_AFTER: "200ms",
      DATABASE_STATEMENT_TIMEOUT: "10s",
    },
    migrations: { "0001-tables": createTables },
    int8: "number",
    timestamptz: "string",
    logger: tellingLogger(),
  })
  setInterval(tellState, STATE_POLL_MS).unref()
  await db.ready()
  tell({ type: "open" })
}

function tellState(): void {
  const { state, reason } = db.status()
  const now = `${state} ${reason}`
  if (now !== toldState) tell({ type: "state", state, reason, atMs: Date.now() })
  toldState = now
}

/** Whoever hears what became of a call knows in which state it was. */
async function answer(call: number, done: Promise<string | null>): Promise<void> {
  const outcome = await outcomeOf(done)
  tellState()
  tell({ type: "outcome", call, outcome })
}

function perform(operation: Operation): Promise<string | null> {
  const work = WORK[operation.kind]
  switch (operation.way) {
    case "write":
      return db.write((session) => work(session, operation))
    case "statement":
      return work(db.kysely, operation)
    case "key":
      return db.write((session) => work(session, operation), { idempotencyKey: operation.id })
    default:
      return operation.way satisfies never
  }
}

/** What all accounts have together. */
async function read(): Promise<string | null> {
  const { sum } = await db.read((session) =>
    session
      .selectFrom("account")
      .select((eb) => eb.fn.sum<string>("balance").as("sum"))
      .executeTakeFirstOrThrow(),
  )
  return sum
}

/** A rule of the program's, or of its tables: SQLSTATE class 23. */
function isRule(error: unknown): boolean {
  return error instanceof NotDone || (error instanceof DatabaseError && error.code.startsWith("23"))
}

/** SQLSTATE: the disk is full. */
function hasNoRoom(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === "53100"
}

async function outcomeOf(done: Promise<string | null>): Promise<Outcome> {
  try {
    return { kind: "ok", value: await done }
  } catch (error) {
    const why = String(error)
    if (isRule(error)) return { kind: "fail", why, because: "rule" }
    if (hasNoRoom(error)) return { kind: "fail", why, because: "no-room" }
    if (!isUnderstudyError(error)) return { kind: "fail", why }
    if (error.code === "UNDERSTUDY_ALREADY_APPLIED") return { kind: "ok", value: null }
    if (error.applied === "unknown") return { kind: "unknown", why }
    if (error.code === "UNDERSTUDY_CONNECTION_LOST") return { kind: "fail", why, because: "in-flight" }
    if (error.code === "UNDERSTUDY_NO_COPY") return { kind: "fail", why, because: "no-copy" }
    return { kind: "fail", why }
  }
}

function standing(): Standing {
  const { state, reason, pending, mirror, findings } = db.status()
  return {
    state,
    reason,
    pending: pending?.changes ?? null,
    copy: mirror?.state ?? null,
    copyAsOfMs: mirror?.asOf?.getTime() ?? null,
    missing: (mirror?.tables ?? [])
      .filter((table) => table.reason !== null)
      .map((table) => `${table.name}: ${table.reason}`),
    findings: findings.map(({ code, message }) => `${code}: ${message}`),
  }
}

process.on("message", (message: ToBackend) => {
  switch (message.type) {
    case "start":
      return void start(message.start)
    case "run":
      return void answer(message.call, perform(message.operation))
    case "read":
      return void answer(message.call, read())
    case "standing":
      return tell({ type: "standing", call: message.call, standing: standing() })
    case "close":
      void db.close().then(() => process.disconnect())
      return
    default:
      message satisfies never
  }
})
// Whoever started it is gone.
process.on("disconnect", () => process.exit())
