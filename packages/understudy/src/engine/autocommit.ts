import type { QueryResult } from "kysely"
import { isSuspicious } from "../errors/classify.ts"
import { DatabaseError } from "../errors/database-error.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type {
  Access,
  Engine,
  EngineConnection,
  EngineQuery,
  EngineSource,
  Limits,
  ServedAccess,
} from "./contract.ts"
import { isGone, unavailable, unknownOutcome } from "./lost.ts"
import { Onward, suspect } from "./onward.ts"
import { queryKind } from "./query-kind.ts"

/** A query as the engine takes it: compiled anew from its tree if it was compiled for the other one, or for none. */
export function forEngine(query: EngineQuery, engine: Engine): EngineQuery {
  const fits = query.dialect === engine.dialect && query.provisional !== true
  if (query.dialect === undefined || fits) return query
  return engine.compile(query.query, query.queryId)
}

/** Raw text may write. */
function servedAccess({ query }: EngineQuery): ServedAccess {
  return queryKind(query) === "read" ? "read" : "write"
}

/** What takes no writes refuses them with. */
export function readOnlyError(reason: string, cause?: DatabaseError): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_READ_ONLY", { reason }, { cause, applied: "no" })
}

/** SQLSTATE: a write where only reading is allowed. */
const READ_ONLY = "25006"

/** What raw text would write is seen by the engine alone: it is refused like any other write. */
function refusalOf(error: unknown, engine: Engine, source: EngineSource): unknown {
  const reason = source.readOnlyReason(engine)
  return reason !== undefined && error instanceof DatabaseError && error.code === READ_ONLY
    ? readOnlyError(reason, error)
    : error
}

/** Refuses what an engine that takes no writes must refuse; tells which access the statement needs. */
function accessFor(query: EngineQuery, engine: Engine, source: EngineSource): Access {
  const reason = source.readOnlyReason(engine)
  if (reason === undefined) return "auto"
  const kind = queryKind(query.query)
  if (kind === "write" || kind === "ddl") throw readOnlyError(reason)
  return "read"
}

/**
 * Runs a statement on the engine that serves then. What reads, or was not sent when the engine was lost, runs again on
 * the one that serves next; of a write that was sent nobody knows whether it was applied.
 */
export async function runAutocommit<R>(
  source: EngineSource,
  query: EngineQuery,
  given: Limits,
): Promise<QueryResult<R>> {
  const sinceMs = performance.now()
  const access = servedAccess(query)
  let limits = given
  let onward: Onward | undefined
  let engine = source.current(access) ?? (await source.serving(limits, access))
  for (;;) {
    let sent = false
    try {
      const acquired = engine.acquire(accessFor(query, engine, source), limits)
      const connection = acquired instanceof Promise ? await acquired : acquired
      sent = true
      try {
        const result = await connection.execute<R>(forEngine(query, engine), limits)
        if (access === "write") source.acknowledged(engine)
        return result
      } finally {
        connection.release()
      }
    } catch (error) {
      assertMayGoOn(error, { source, engine, query, limits, sent })
      onward ??= new Onward(source, access, given, sinceMs)
      engine = await onward.engineAfter(engine, error)
      ;({ limits } = onward)
    }
  }
}

/** The same, row by row. After the first rows a loss is an error: they must not come twice. */
export async function* streamAutocommit<R>(
  source: EngineSource,
  query: EngineQuery,
  chunkSize: number,
  limits: Limits,
): AsyncIterableIterator<QueryResult<R>> {
  const access = servedAccess(query)
  const onward = new Onward(source, access, limits, performance.now())
  let engine = await source.serving(limits, access)
  for (;;) {
    const serving = engine
    let connection: EngineConnection | undefined
    let rowsGiven = false
    try {
      connection = await serving.acquire(accessFor(query, serving, source), onward.limits)
      for await (const rows of connection.stream<R>(forEngine(query, serving), chunkSize)) {
        rowsGiven = true
        yield rows
      }
      return
    } catch (error) {
      assertMayGoOn(error, { source, engine, query, limits, sent: connection !== undefined })
      if (rowsGiven) {
        suspect(source, engine, error, limits)
        throw cutStream(error)
      }
      engine = await onward.engineAfter(engine, error)
    } finally {
      connection?.release()
      // Given up before its last row, it was applied all the same.
      if (connection !== undefined && access === "write") source.acknowledged(serving)
    }
  }
}

/** What a stream ends with whose engine was lost after rows were given out. */
export function cutStream(error: unknown): UnderstudyError {
  return unavailable(error, "the connection was lost after some of the rows were given out")
}

interface Attempt {
  readonly source: EngineSource
  readonly engine: Engine
  readonly query: EngineQuery
  readonly limits: Limits
  /** Did the engine get the statement? */
  readonly sent: boolean
}

/** Throws what the statement ends with, unless it may run again elsewhere. */
function assertMayGoOn(error: unknown, { source, engine, query, limits, sent }: Attempt): void {
  if (isGone(error)) return
  if (!isSuspicious(error)) throw refusalOf(error, engine, source)
  if (!sent || servedAccess(query) === "read") return
  suspect(source, engine, error, limits)
  throw unknownOutcome(query, error)
}
