import { readdir, stat } from "node:fs/promises"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { FileMigrationProvider, type Migration } from "kysely/migration"
import type { Migrations } from "../../migrate/migrate.ts"

/** Migrations that were loaded, and what lay beside them. */
export interface LoadedMigrations {
  readonly migrations: Migrations
  /** Files of the folder that could hold a migration and do not. */
  readonly passedOver: readonly string[]
}

/** No migrations could be had of what `--from` names. The message repeats nothing of the argument. */
export class NoMigrations extends Error {
  override readonly name = "NoMigrations"
}

/**
 * Loads migrations: of a module, its export `migrations`; of a folder, each file that exports `up`, named after the file.
 *
 * @throws NoMigrations
 */
export async function loadMigrations(from: string): Promise<LoadedMigrations> {
  const path = resolve(from)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new NoMigrations("--from leads to no file and no folder")
  const loaded = found.isDirectory() ? await loadFolder(path) : await loadModule(path)
  if (Object.keys(loaded.migrations).length > 0) return loaded
  const what = found.isDirectory() ? "no file of the folder exports `up`" : "its export `migrations` is empty"
  throw new NoMigrations(`--from: ${what}`)
}

async function loadFolder(folder: string): Promise<LoadedMigrations> {
  const passedOver: string[] = []
  const provider = new FileMigrationProvider({
    fs: { readdir },
    path: { join },
    migrationFolder: folder,
    import: importFile,
    onFileIgnored: (file, reason) => {
      if (reason === "NotMigration") passedOver.push(file)
    },
  })
  return { migrations: await provider.getMigrations(), passedOver: passedOver.toSorted() }
}

async function loadModule(file: string): Promise<LoadedMigrations> {
  const { migrations } = (await importFile(file)) as { migrations?: unknown }
  if (typeof migrations !== "object" || migrations === null)
    throw new NoMigrations("--from: the module has no export `migrations`")
  const wrong = Object.entries(migrations).find(([, each]) => !isMigration(each))
  if (wrong !== undefined) throw new NoMigrations(`--from: ${wrong[0]} of \`migrations\` has no \`up\``)
  return { migrations: migrations as Migrations, passedOver: [] }
}

function isMigration(value: unknown): value is Migration {
  return typeof (value as { up?: unknown } | null)?.up === "function"
}

async function importFile(file: string): Promise<unknown> {
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as unknown
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    throw new NoMigrations(`--from: a module could not be loaded: ${detail}`, { cause: error })
  }
}
