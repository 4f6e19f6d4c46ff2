import { join } from "node:path"
import { backup, DatabaseSync } from "node:sqlite"
import type { Baseline } from "./baseline.ts"

/** In one step, so that nobody gets in between. */
const ALL_PAGES = 2 ** 31 - 1

/**
 * Keeps a copy of a SQLite file beside it. Going back copies every page in one transaction, so that other
 * connections to the file see either all of it or none.
 */
export async function sqliteBaseline(file: string, folder: string): Promise<Baseline> {
  const copy = join(folder, "baseline.sqlite")
  const original = new DatabaseSync(file, { readOnly: true })
  try {
    await backup(original, copy)
  } finally {
    original.close()
  }
  return {
    async restore() {
      const kept = new DatabaseSync(copy, { readOnly: true })
      try {
        await backup(kept, file, { rate: ALL_PAGES })
      } finally {
        kept.close()
      }
    },
  }
}
