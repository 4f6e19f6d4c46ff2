import { constantSource } from "../../../src/engine/constant-source.ts"
import { SqliteEngine } from "../../../src/engine/sqlite/engine.ts"
import { Sessions } from "../../../src/session/sessions.ts"

/** Tables whose columns do not matter to the types. */
export type AnyTables = Record<string, Record<string, unknown>>

/** The engine as a fallback's, with sessions on it. */
export function openFallback(file: string): { engine: SqliteEngine; sessions: Sessions<AnyTables> } {
  const values = { int8: "number", timestamptz: "date" } as const
  const engine = new SqliteEngine({ file, role: "fallback", synchronous: "normal", waitMs: 5_000, values })
  const sessions = new Sessions<AnyTables>({
    source: constantSource(engine),
    defaultTimeoutMs: () => 20_000,
  })
  return { engine, sessions }
}
