import { afterEach, describe, expect, test } from "vitest"
import { silentLogger } from "../../src/base/logger.ts"
import { openDatabase, type Database, type OpenOptions } from "../../src/open.ts"
import { describeSettings } from "../../src/settings/describe-settings.ts"
import type { Settings } from "../../src/settings/settings.ts"

let opened: Database<unknown> | undefined
afterEach(() => opened?.close())

function open(conflicts: unknown, env: Record<string, string> = {}): Database<unknown> {
  opened = openDatabase({
    env: { DATABASE_URL: "sqlite::memory:", ...env },
    logger: silentLogger,
    ...(conflicts === undefined ? {} : { conflicts: conflicts as NonNullable<OpenOptions["conflicts"]> }),
  })
  return opened
}

function read(text: string): Settings {
  return open(undefined, { DATABASE_CONFLICTS: text }).settings
}

describe("promise 2: DATABASE_CONFLICTS says what becomes of a conflict", () => {
  test.each<[text: string, byDefault: string, tables: Record<string, string>]>([
    ["", "primary", {}],
    ["columns", "columns", {}],
    [" Primary ", "primary", {}],
    [
      "primary, counters=fallback, profiles=columns",
      "primary",
      { counters: "fallback", profiles: "columns" },
    ],
    ["counters = FALLBACK", "primary", { counters: "fallback" }],
    ["a=fallback,columns,", "columns", { a: "fallback" }],
    ["__proto__=fallback", "primary", Object.fromEntries([["__proto__", "fallback"]])],
  ])("%j", (text, byDefault, tables) => {
    const { conflicts, findings } = read(text)
    expect(conflicts).toEqual({ default: byDefault, tables })
    expect(findings).toEqual([])
    for (const part of [conflicts, conflicts.tables]) expect(Object.isFrozen(part)).toBe(true)
  })

  test.each<[text: string, flaw: string]>([
    ["columns, conuters=falback, a=fallback", "entry 2 of"],
    ["columns, fallback, a=fallback", "entry 2 of"],
    ["columns, a=fallback, a=primary, =primary, s3cret!=primary", "entries 3, 4, 5 of"],
  ])("%j has a flaw, and the rest is in force", (text, flaw) => {
    const { conflicts, findings } = read(text)
    expect(conflicts).toEqual({ default: "columns", tables: { a: "fallback" } })
    expect(findings.map(({ code, message }) => [code, message])).toEqual([
      ["settings.passed-over", expect.stringContaining(flaw)],
    ])
  })

  test.each(["ours", "a=ours", "postgres://u:s3cret=primary@h/db, primary"])(
    "%j is no policy: the default is in force, and the text is not told (promise 5)",
    (text) => {
      const { conflicts, findings } = read(text)
      expect(conflicts).toEqual({ default: "primary", tables: {} })
      expect(findings.map(({ code }) => code)).toEqual(["settings.invalid"])
      expect(JSON.stringify(findings)).not.toContain(text)
    },
  )

  test("a name close to it is told", () => {
    const { findings } = open(undefined, { DATABASE_CONFLICT: "fallback" }).settings
    expect(findings).toEqual([
      expect.objectContaining({
        code: "settings.misspelt",
        message: expect.stringContaining("DATABASE_CONFLICTS"),
      }),
    ])
  })

  test("it is shown as it can be written", () => {
    const settings = read("b=columns, fallback, a=primary")
    expect(describeSettings(settings)).toContainEqual({
      variable: "DATABASE_CONFLICTS",
      value: "fallback, a=primary, b=columns",
      source: "DATABASE_CONFLICTS",
    })
  })
})

describe("promise 2: what a program asks for goes before the variable", () => {
  test("as a whole", () => {
    const options = { tables: { counters: "fallback" } }
    const { settings } = open(options, { DATABASE_CONFLICTS: "columns, a=columns" })
    options.tables.counters = "columns"
    expect(settings.conflicts).toEqual({ default: "primary", tables: { counters: "fallback" } })
    expect(settings.sources.conflicts).toBe("the program")
  })

  test.each<[conflicts: unknown, argument: string, rule: string]>([
    [null, "conflicts", "an object"],
    ["fallback", "conflicts", "an object"],
    [{ policy: "fallback" }, "conflicts.policy", "no such option; there are default, tables"],
    [{ default: "ours" }, "conflicts.default", "primary or fallback or columns"],
    [{ tables: ["a"] }, "conflicts.tables", "an object of policies"],
    [{ tables: { a: true } }, "conflicts.tables.a", "primary or fallback or columns"],
    [{ tables: { "": "primary" } }, "conflicts.tables", "cannot be the name of a table"],
  ])("%j is refused with its rule", (conflicts, argument, rule) => {
    const refused = expect.objectContaining({
      code: "UNDERSTUDY_INVALID_ARGUMENT",
      message: expect.stringContaining(`openDatabase: ${argument}: `) as unknown,
    }) as Error
    expect(() => open(conflicts)).toThrow(refused)
    expect(() => open(conflicts)).toThrow(rule)
  })
})
