import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { claimFile } from "../../../src/engine/sqlite/claim-file.ts"
import { acquireOwnerLock, type OwnerLock } from "../../../src/engine/sqlite/owner-lock.ts"
import { isUnderstudyError } from "../../../src/errors/understudy-error.ts"

let folder: string
let file: string
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-owner-"))
  file = join(folder, "embedded.sqlite")
})

afterEach(async () => {
  for (const child of children.splice(0)) await end(child)
  rmSync(folder, { recursive: true, force: true })
})

/** A child that has taken the lock, or was refused it. */
async function holder(): Promise<{ child: ChildProcess; word: string }> {
  const script = join(import.meta.dirname, "hold-owner.ts")
  const child = spawn(process.execPath, [script, file], { stdio: ["ignore", "pipe", "inherit"] })
  children.push(child)
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the holder ended with ${code} and said nothing`)
  })
  const [chunk] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer]
  ended.catch(() => undefined)
  return { child, word: chunk.toString().trim() }
}

/** What a child says of each of its tries. */
async function race(fromMs: number, files: number): Promise<string[]> {
  const script = join(import.meta.dirname, "race-for-owners.ts")
  const options = [script, folder, String(fromMs), String(files)]
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] })
  children.push(child)
  return (await text(child.stdout)).trim().split("\n")
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill("SIGKILL")
  await once(child, "exit")
}

function take(path: string): OwnerLock {
  const result = acquireOwnerLock(path)
  if ("heldBy" in result) throw new Error(`held by ${result.heldBy.pid}`)
  return result
}

describe("promise 4: a file has one owner", () => {
  test("a second one in the same process is refused, and told who holds it", () => {
    using lock = take(file)
    expect(lock.file).toBe(file)
    expect(acquireOwnerLock(file)).toEqual({ heldBy: { pid: process.pid, host: expect.any(String) } })
    expect(acquireOwnerLock(file)).toHaveProperty("heldBy.pid", process.pid)
  })

  test("a refused try does not loosen the lock for a third", async () => {
    using _ = take(file)
    acquireOwnerLock(file)
    expect((await holder()).word).toBe("refused")
  })

  test("it can be taken again once it is given up, and giving up twice is no error", () => {
    const lock = take(file)
    lock.release()
    lock.release()
    take(file).release()
  })

  test("another process is refused and told the holder's pid", async () => {
    const { child, word } = await holder()
    expect(word).toBe("held")
    expect(acquireOwnerLock(file)).toHaveProperty("heldBy.pid", child.pid)
    expect((await holder()).word).toBe("refused")
  })

  test("kill -9 of the owner frees it", async () => {
    const { child } = await holder()
    expect(acquireOwnerLock(file)).toHaveProperty("heldBy")
    await end(child)
    take(file).release()
  })

  test("of eight processes that start at once, one has it", async () => {
    const words = await Promise.all(Array.from({ length: 8 }, async () => (await holder()).word))
    expect(words.filter((word) => word === "held")).toHaveLength(1)
  })

  test("of four processes that take each of 200 files at the same moment, one has it, and no one fails", async () => {
    const fromMs = Date.now() + 1_500
    const words = await Promise.all(Array.from({ length: 4 }, () => race(fromMs, 200)))
    for (let index = 0; index < 200; index += 1) {
      const word = words.map((line) => line[index]).toSorted()
      expect(word).toEqual(["held", "refused", "refused", "refused"])
    }
  })

  test("a lock file that is no database is made anew", () => {
    writeFileSync(
      `${file}.owner`,
      "this is a text file, and long enough to be read as a header of SQLite's\n".repeat(20),
    )
    using lock = take(file)
    expect(lock.file).toBe(file)
    expect(acquireOwnerLock(file)).toHaveProperty("heldBy")
  })

  test("a folder in its place is UNDERSTUDY_STORAGE", () => {
    mkdirSync(`${file}.owner`)
    expect(() => acquireOwnerLock(file)).toThrow(
      expect.toSatisfy((e) => isUnderstudyError(e, "UNDERSTUDY_STORAGE")),
    )
  })

  test("the lock file is private, and nothing is left beside it", () => {
    take(file).release()
    expect(readdirSync(folder)).toEqual(["embedded.sqlite.owner"])
    expect(statSync(`${file}.owner`).mode & 0o777).toBe(0o600)
  })
})

describe("promise 1: it starts beside another process", () => {
  test("the second gets a file of its own, and says so", async () => {
    const { child } = await holder()
    using second = claimFile(file)
    expect(second.file).toBe(join(folder, "embedded-2.sqlite"))
    expect(second.findings.map(({ code }) => code)).toEqual(["storage.in-use"])
    expect(second.findings[0]?.message).toContain(`process ${child.pid}`)
    using third = claimFile(file)
    expect(third.file).toBe(join(folder, "embedded-3.sqlite"))
  })

  test("the first gets the file asked for, made private, without a finding", () => {
    using claim = claimFile(file)
    expect(claim).toMatchObject({ file, findings: [] })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test("a given-up claim leaves the file to the next", () => {
    claimFile(file).release()
    using claim = claimFile(file)
    expect(claim.file).toBe(file)
  })

  test("memory needs no owner", () => {
    using one = claimFile(":memory:")
    using two = claimFile(":memory:")
    expect([one, two].map((claim) => claim.file)).toEqual([":memory:", ":memory:"])
    expect(readdirSync(folder)).toEqual([])
  })
})
