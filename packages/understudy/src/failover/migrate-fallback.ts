import { isUnderstudyError } from "../errors/understudy-error.ts"
import { lookAtFile } from "../host/file-facts.ts"
import { stopCapture } from "../journal/local/capture.ts"
import { createJournalTables } from "../journal/local/journal-tables.ts"
import { migrate, type MigrationOutcome, type Migrations } from "../migrate/migrate.ts"
import { emptyCopy, pendingIn, ranOnPrimary, readCopy } from "../mirror/copy-on-disk.ts"
import type { OpenedFile } from "./open-candidate.ts"

/**
 * Has a file rows of which no journal tells, and that no primary has either? Where they came from nobody knows: they are
 * not handed back, and never taken away.
 */
export function holdsUnknownRows(file: string): boolean {
  if (file === ":memory:") return false
  const { userRows, primarySeen, journal } = lookAtFile(file)
  return userRows !== "none" && !primarySeen && journal === "none"
}

/** Runs the program's migrations on a fallback's file, and on the copy in it. Nothing is captured meanwhile. */
export async function migrateFallback(
  { engine, file }: OpenedFile,
  migrations: Migrations,
): Promise<MigrationOutcome> {
  const keepsJournal = !holdsUnknownRows(file)
  await engine.withWriter((database) => {
    // What a process that was killed left behind. Its changes stay.
    stopCapture(database)
    // Before the rows of migrations: those are nobody's writes.
    if (keepsJournal) createJournalTables(database)
  })
  if (file === ":memory:") return migrate(engine, migrations)
  const pending = pendingIn(file, Object.keys(migrations))
  if (ranOnPrimary(file, pending)) emptyCopy(file)
  else {
    engine.withhold(readCopy(file).withheld)
    try {
      return await migrate(engine, migrations)
    } catch (error) {
      if (!(error instanceof Error) || !isUnderstudyError(error.cause, "UNDERSTUDY_NO_COPY")) throw error
      // It asks a table of which there is no copy. What it makes of the others cannot be had.
      engine.withhold(new Map())
      emptyCopy(file)
    }
  }
  return migrate(engine, migrations)
}
