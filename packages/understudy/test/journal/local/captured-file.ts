import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { type Kysely, sql } from "kysely"
import { onTestFinished } from "vitest"
import type { SqliteEngine } from "../../../src/engine/sqlite/engine.ts"
import { startCapture } from "../../../src/journal/local/capture.ts"
import type { LocalTransaction, Origin } from "../../../src/journal/local/contract.ts"
import { readTransactions } from "../../../src/journal/local/read-journal.ts"
import type { Sessions } from "../../../src/session/sessions.ts"
import { type AnyTables, openFallback } from "./open-fallback.ts"

/** A page with the whole journal. */
export const ALL = { afterSeq: 0, limit: Number.MAX_SAFE_INTEGER }

/** What happened, without what differs from run to run. */
export function told(all: readonly LocalTransaction[]): unknown[] {
  return all.map(({ changes }) =>
    changes.map((change) =>
      change.operation === "migration"
        ? ["migration", change.name]
        : [change.operation, change.shape.table, change.before, change.after],
    ),
  )
}

/** A fallback's file with the engine on it. */
export class CapturedFile {
  readonly file: string
  readonly engine: SqliteEngine
  readonly sessions: Sessions<AnyTables>

  constructor(file: string) {
    this.file = file
    const { engine, sessions } = openFallback(file)
    this.engine = engine
    this.sessions = sessions
  }

  get kysely(): Kysely<AnyTables> {
    return this.sessions.kysely
  }

  /** Makes tables by SQLite's own text, odd ones too. */
  make(text: string): Promise<void> {
    return this.on((database) => {
      database.exec(text)
      this.engine.schema.changed()
    })
  }

  /** Runs one statement, as a program would. */
  async run(text: string): Promise<void> {
    await sql.raw(text).execute(this.kysely)
  }

  /** Runs statements one after the other. */
  async runAll(...texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.run(text)
  }

  /** Does work on the connection that writes. */
  on<T>(work: (database: DatabaseSync) => T): Promise<T> {
    return this.engine.withWriter(work)
  }

  /** All that the journal has. */
  transactions(): Promise<LocalTransaction[]> {
    return this.on((database) => readTransactions(database, ALL))
  }

  startCapture(primaryMark: string | null = null): Promise<Origin> {
    return this.on((database) => startCapture(database, { units: this.engine.units, primaryMark }))
  }

  close(): Promise<void> {
    return this.engine.close()
  }
}

/** A folder that goes with the test. */
function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "understudy-journal-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A file of its own, opened; it goes with the test. */
export function newFile(): CapturedFile {
  const captured = new CapturedFile(join(testFolder(), "fallback.sqlite"))
  onTestFinished(() => captured.close())
  return captured
}
