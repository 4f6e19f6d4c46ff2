import { afterEach, describe, expect, test } from "vitest"
import { silentLogger } from "../../src/base/logger.ts"
import { openDatabase, type Database, type OpenOptions } from "../../src/open.ts"
import { describeSettings } from "../../src/settings/describe-settings.ts"

let opened: Database<unknown> | undefined
afterEach(() => opened?.close())

function open(mirror: unknown, env: Record<string, string> = {}): Database<unknown> {
  opened = openDatabase({
    env: { DATABASE_URL: "sqlite::memory:", ...env },
    logger: silentLogger,
    mirror: mirror as NonNullable<OpenOptions["mirror"]>,
  })
  return opened
}

describe("promise 2: what a program asks for goes before the variables, and is shown as such", () => {
  const variables = {
    DATABASE_MIRROR_EXCLUDE: "events",
    DATABASE_MIRROR_MAX_ROWS: "10",
    DATABASE_MIRROR_MAX_BYTES: "nonsense",
  }

  test("all of it", () => {
    const { settings } = open({ exclude: ["a.b", "events"], maxRows: 7, maxBytes: 2 ** 50 }, variables)
    expect(settings.mirror).toEqual({
      enabled: true,
      exclude: ["a.b", "events"],
      maxRows: 7,
      maxBytes: 2 ** 50,
    })
    expect(settings.findings).toEqual([])
    expect(describeSettings(settings)).toEqual(
      expect.arrayContaining([
        { variable: "DATABASE_MIRROR_EXCLUDE", value: "a.b, events", source: "the program" },
        { variable: "DATABASE_MIRROR_MAX_ROWS", value: "7", source: "the program" },
        { variable: "DATABASE_MIRROR_MAX_BYTES", value: "1048576g", source: "the program" },
      ]),
    )
  })

  test("a part of it leaves the others to the variables", () => {
    const { settings } = open({ exclude: [] }, variables)
    expect(settings.mirror).toEqual({ enabled: true, exclude: [], maxRows: 10, maxBytes: 2 ** 30 })
    expect(settings.findings.map(({ code }) => code)).toEqual(["settings.invalid"])
  })

  test("what is changed after the call changes nothing", () => {
    const options = { exclude: ["events"], maxRows: 7 }
    const database = open(options)
    options.exclude.push("later")
    options.maxRows = -1
    expect(database.settings.mirror).toMatchObject({ exclude: ["events"], maxRows: 7 })
    for (const part of [database.settings.mirror, database.settings.mirror.exclude])
      expect(Object.isFrozen(part)).toBe(true)
  })
})

describe("promise 2: a wrong option is named, with its rule", () => {
  test.each<[mirror: unknown, argument: string, rule: string]>([
    [null, "mirror", "an object"],
    ["off", "mirror", "an object"],
    [["events"], "mirror", "an object"],
    [{ excludes: [] }, "mirror.excludes", "no such option; there are exclude, maxRows, maxBytes"],
    [{ exclude: "events" }, "mirror.exclude", "an array of names of tables"],
    [{ exclude: [1] }, "mirror.exclude", "an array of names of tables"],
    [{ exclude: [""] }, "mirror.exclude", "an array of names of tables"],
    [{ exclude: ["x".repeat(64)] }, "mirror.exclude", "an array of names of tables"],
    [{ maxRows: 0 }, "mirror.maxRows", "a whole number from 1 to 999999999"],
    [{ maxRows: 1.5 }, "mirror.maxRows", "a whole number"],
    [{ maxRows: "7" }, "mirror.maxRows", "a whole number"],
    [{ maxRows: null }, "mirror.maxRows", "a whole number"],
    [{ maxBytes: 0 }, "mirror.maxBytes", "a whole number from 1 to 1125899906842624"],
    [{ maxBytes: Number.POSITIVE_INFINITY }, "mirror.maxBytes", "a whole number"],
  ])("%j", (mirror, argument, rule) => {
    const refused = expect.objectContaining({
      code: "UNDERSTUDY_INVALID_ARGUMENT",
      message: expect.stringContaining(`openDatabase: ${argument}: `) as unknown,
    }) as Error
    expect(() => open(mirror)).toThrow(refused)
    expect(() => open(mirror)).toThrow(rule)
  })
})
