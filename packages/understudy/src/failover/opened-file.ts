import { migrate, type MigrationOutcome, type Migrations } from "../migrate/migrate.ts"
import { migrateFallback } from "./migrate-fallback.ts"
import type { Opened, OpenedFile } from "./open-candidate.ts"
import { whileAnswering } from "./while-answering.ts"

/** Is it a file that stands in for the primary? */
export function isFallbackFile(opened: Opened | OpenedFile): opened is OpenedFile {
  return opened.engine.role === "fallback" && "file" in opened
}

/** Brings what was opened up to date. */
export function migrateOpened(
  opened: Opened | OpenedFile,
  migrations: Migrations,
): Promise<MigrationOutcome> {
  if (isFallbackFile(opened)) return migrateFallback(opened, migrations)
  return whileAnswering(opened.engine, migrate(opened.engine, migrations))
}

/** Closes it, and gives up what it had. */
export async function discard(opened: Opened): Promise<void> {
  await opened.engine.close()
  opened.release()
}
