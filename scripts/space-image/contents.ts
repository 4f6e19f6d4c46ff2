import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { glob, readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Image } from "./build-image.ts"

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

async function manifest(...path: string[]): Promise<Manifest> {
  return JSON.parse(await readFile(join(...path, "package.json"), "utf8")) as Manifest
}

/** The image holds what runs and nothing of what makes it: no second Node, no tools, no tests. */
export async function holdsOnlyWhatRuns(image: Image, root: string, workspace: string): Promise<string> {
  const { devDependencies = {}, optionalDependencies = {} } = await manifest(workspace)
  const wanted = [
    ...Object.keys((await manifest(workspace, "packages/understudy")).dependencies ?? {}),
    ...Object.keys((await manifest(workspace, "apps/tasks")).dependencies ?? {}),
  ]
  const folder = join(root, image.workingFolder)
  const tools = [...Object.keys(devDependencies), ...Object.keys(optionalDependencies)]
  const kept = tools.filter(
    (name) => !wanted.includes(name) && existsSync(join(folder, "node_modules", name)),
  )
  assert.deepEqual(kept, [])
  const ours = [join(folder, "packages"), join(folder, "apps")]
  const tests: string[] = []
  for (const place of ours) {
    const pattern = ["**/*.test.*", "**/test", "**/testing"]
    for await (const path of glob(pattern, { cwd: place, exclude: (name) => name === "node_modules" }))
      tests.push(path)
  }
  assert.deepEqual(tests, [])
  return `none of ${tools.length} tools`
}
