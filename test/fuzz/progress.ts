import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const FOLDER = join(tmpdir(), "understudy-fuzz")

function fileOf(seed: number): string {
  return join(FOLDER, `seed-${seed}`)
}

/** The program with which a run of this seed goes on; 0 where none was broken off, or it went further. */
export function readProgress(seed: number, programs: number): number {
  try {
    const next = Number(readFileSync(fileOf(seed), "utf8"))
    return Number.isInteger(next) && next < programs ? next : 0
  } catch {
    return 0
  }
}

/** Keeps where a run is; 0 when it is through. */
export function writeProgress(seed: number, next: number): void {
  if (next === 0) return rmSync(fileOf(seed), { force: true })
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(fileOf(seed), String(next))
}
