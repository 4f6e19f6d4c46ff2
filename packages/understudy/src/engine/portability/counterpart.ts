import { isUnderstudyError, type UnderstudyError } from "../../errors/understudy-error.ts"
import type { EngineDialect, EngineQuery } from "../contract.ts"
import { notPortable } from "../not-portable.ts"
import { PostgresCompiler } from "../postgres/compiler.ts"
import { queryKind } from "../query-kind.ts"
import type { SqliteEngine } from "../sqlite/engine.ts"
import { findOnlySqlite } from "./sqlite-only.ts"

/** The engine that does not serve, as far as it can be asked what it would say of a query. */
export interface Counterpart {
  readonly dialect: EngineDialect
  /** Why it could not run the query; undefined where nothing speaks against it. Runs nothing. */
  refusalOf(query: EngineQuery): UnderstudyError | undefined
  close(): Promise<void>
}

/** PostgreSQL without a server: what SQLite alone has is found by its text. */
export class PostgresCounterpart implements Counterpart {
  readonly dialect = "postgresql"
  readonly #compiler = new PostgresCompiler()

  refusalOf({ query, queryId }: EngineQuery): UnderstudyError | undefined {
    return refusalIn(() => {
      const found = findOnlySqlite(this.#compiler.compileQuery(query, queryId).sql)
      if (found !== undefined) throw notPortable(found.construct, found.instead, "PostgreSQL")
    })
  }

  async close(): Promise<void> {}
}

/** What SQLite says of a statement that it cannot run on any rows. Of tables that the copy does not have nothing is said. */
const COMPLAINTS: readonly (readonly [pattern: RegExp, construct: string, instead: string])[] = [
  [
    /^(?:no such function: (?=\S+$)|function (?=\S+ does not exist$))([^\s(]+)/,
    "The function",
    "Use a function that both engines have, or compute it in the program.",
  ],
  [
    /^wrong number of arguments to function (.+)$/,
    "That number of arguments of",
    "Use what both engines take.",
  ],
  [/^no such collation sequence: (.+)$/, "The collation", "Leave it out: texts are ordered by their bytes."],
  [
    /^near (".*"): syntax error$/s,
    "The syntax near",
    "Write it with Kysely's builder, or in SQL that both engines have.",
  ],
  [
    /^unrecognized token: (.+)$/s,
    "The text",
    "Write it with Kysely's builder, or in SQL that both engines have.",
  ],
]

/** So many characters of a text are quoted: SQLite quotes all that it could not read. */
const QUOTED_MOST = 60

/** SQLite by a copy in memory that has the tables and no rows of the user's: it compiles and prepares. */
export class SqliteCounterpart implements Counterpart {
  readonly dialect = "sqlite"
  readonly #copy: SqliteEngine

  constructor(copy: SqliteEngine) {
    this.#copy = copy
  }

  refusalOf({ query, queryId }: EngineQuery): UnderstudyError | undefined {
    return refusalIn(() => {
      const compiled = this.#copy.compile(query, queryId)
      // What a DDL makes or drops may be there, or not, in the copy.
      if (queryKind(query) !== "ddl") this.#prepare(compiled)
    })
  }

  #prepare(query: EngineQuery): void {
    const writer = this.#copy.tryWriter()
    if (writer === undefined) return
    try {
      writer.handle.tryPrepare(query)
    } catch (error) {
      if (isUnderstudyError(error)) throw error
      const { message } = error as Error
      for (const [pattern, construct, instead] of COMPLAINTS) {
        const what = pattern.exec(message)?.[1]
        if (what !== undefined) throw notPortable(`${construct} ${what.slice(0, QUOTED_MOST)}`, instead)
      }
    } finally {
      writer.release()
    }
  }

  close(): Promise<void> {
    return this.#copy.close()
  }
}

/** Gives the refusal that was thrown. Whatever else goes wrong is for the engine that runs the query to tell. */
function refusalIn(ask: () => void): UnderstudyError | undefined {
  try {
    ask()
    return undefined
  } catch (error) {
    return isUnderstudyError(error, "UNDERSTUDY_NOT_PORTABLE") ? error : undefined
  }
}
