import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { readEnvironment } from "../../src/environment/environment.ts"
import { postgresVersionForTests } from "../../src/environment/test-variables.ts"

let folder: string
let dotEnvFile: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "understudy-env-"))
  dotEnvFile = join(folder, ".env")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  [undefined, undefined],
  ["", undefined],
  ["newest", undefined],
  [" 15 ", 15],
])("UNDERSTUDY_TEST_POSTGRES=%j: tests run on PostgreSQL %j", (value, version) => {
  expect(postgresVersionForTests({ UNDERSTUDY_TEST_POSTGRES: value })).toBe(version)
})

describe("promise 1: any environment can be read", () => {
  test("only known variables are taken, as they are", () => {
    const { values } = readEnvironment({ DATABASE_URL: " postgres://h/db ", PORT: "1", UNKNOWN: "x" })
    expect(values).toEqual({ DATABASE_URL: " postgres://h/db ", PORT: "1" })
  })

  test.each([[""], [" "], ["\t\n"]])("blank (%j) means unset, and is told", (blank) => {
    const environment = readEnvironment({ DATABASE_URL: blank, PORT: "1" })
    expect(environment.values.DATABASE_URL).toBeUndefined()
    expect(environment.blank).toEqual(["DATABASE_URL"])
  })

  test("everything is frozen", () => {
    const environment = readEnvironment({ PORT: "1" })
    for (const part of [environment, environment.values, environment.blank, environment.nearMisses]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  test("without a source it is the process's own", () => {
    expect(readEnvironment(undefined, { dotEnvFile: null }).values.HOME).toBe(process.env["HOME"])
  })

  test("what is no text, or is inherited, counts as not there", () => {
    const source = Object.assign(Object.create({ HOST: "::1" }) as object, { PORT: 5 as unknown as string })
    expect(readEnvironment(source as Record<string, string>).values).toEqual({})
  })
})

describe("promise 5: the record shows no value", () => {
  test("in JSON and inspect", () => {
    const environment = readEnvironment({ DATABASE_URL: "postgres://u:canary-canary-1@h/db" })
    expect(JSON.stringify(environment) + inspect(environment, { depth: 9 })).not.toContain("canary")
  })
})

describe("promise 2: a misspelt name is told", () => {
  test.each([
    ["DATABSE_URL", "DATABASE_URL"],
    ["DATABASE_ULR", "DATABASE_URL"],
    ["DATABASE_URI", "DATABASE_URL"],
    ["database_url", "DATABASE_URL"],
    ["DATABASE-URL", "DATABASE_URL"],
    ["DATABASE_URL ", "DATABASE_URL"],
    ["DATABASE_FALBACK", "DATABASE_FALLBACK"],
    ["DATABASE_POOLMAX", "DATABASE_POOL_MAX"],
    ["ADMIN_TOKN", "ADMIN_TOKEN"],
    ["PGPASSWROD", "PGPASSWORD"],
    ["NODEENV", "NODE_ENV"],
  ])("%j", (name, nearest) => {
    expect(readEnvironment({ [name]: "x" }).nearMisses).toEqual([{ name, nearest }])
  })

  test.each([
    "HOME",
    "PATH",
    "HOSTNAME",
    "POSTGRES_URL",
    "DATABASE_URL_UNPOOLED",
    "DATABASE_PRIVATE_URL",
    "PGDATA",
    "PGPASSFILE",
    "NODE_PATH",
    "NODE_OPTIONS",
    "LOGLEVEL",
    "PORTS",
    "PWD",
    "SHELL",
    "DB_URL",
    "DATABASE",
    "PASSWORD",
    "a\nb",
    "DATABASE_UR\u0000",
    "x".repeat(100_000),
    "",
  ])("%j is none", (name) => {
    expect(readEnvironment({ [name]: "x" }).nearMisses).toEqual([])
  })

  test("a second variable beside the right one is meant, and a blank one says nothing", () => {
    expect(readEnvironment({ DATABASE_URL: "a", DATABASE_URL2: "b" }).nearMisses).toEqual([])
    expect(readEnvironment({ DATABSE_URL: " " }).nearMisses).toEqual([])
  })
})

describe("promises 1 and 2: a .env file helps outside production, harms nowhere, and is not ignored in silence", () => {
  const write = (text: string): void => writeFileSync(dotEnvFile, text)

  test("it adds what the environment does not set; the environment wins", () => {
    write("PORT=1\nHOST='::1'\nexport LOG_LEVEL=debug # why\nDATABSE_URL=x\n")
    const environment = readEnvironment({ PORT: "2", HOST: " " }, { dotEnvFile })
    expect(environment.values).toEqual({ PORT: "2", HOST: "::1", LOG_LEVEL: "debug" })
    expect(environment.fromDotEnv).toEqual(["HOST", "LOG_LEVEL"])
    expect(environment.dotEnv).toBe(true)
    expect(environment.nearMisses).toEqual([{ name: "DATABSE_URL", nearest: "DATABASE_URL" }])
  })

  test.each([
    { NODE_ENV: "production" },
    { NODE_ENV: "Production " },
    { NODE_ENV: "prod" },
    { SPACE_ID: "a/b" },
    { SYSTEM: "spaces" },
    { RENDER: "true" },
    { FLY_APP_NAME: "a" },
    { DYNO: "web.1" },
    { RAILWAY_PROJECT_ID: "a" },
    { KUBERNETES_SERVICE_HOST: "10.0.0.1" },
  ])("not with %j", (source) => {
    write("PORT=1\n")
    expect(readEnvironment(source, { dotEnvFile })).toMatchObject({ dotEnv: false, fromDotEnv: [] })
  })

  test.each([{ NODE_ENV: "development", SPACE_ID: "a/b" }, { SYSTEM: "linux" }, {}])(
    "but with %j",
    (source) => {
      write("PORT=1\n")
      expect(readEnvironment(source, { dotEnvFile }).values.PORT).toBe("1")
    },
  )

  test("none, a folder, a huge one and junk are no reason to fail", () => {
    expect(readEnvironment({}, { dotEnvFile })).toMatchObject({ dotEnv: false })
    mkdirSync(dotEnvFile)
    expect(readEnvironment({}, { dotEnvFile })).toMatchObject({ dotEnv: false, dotEnvProblem: null })
    rmSync(dotEnvFile, { recursive: true })
    write(`PORT=1\n${"# long\n".repeat(100_000)}`)
    const huge = readEnvironment({}, { dotEnvFile })
    expect([huge.values, huge.dotEnvProblem]).toEqual([{}, "it is larger than 256 KiB"])
    writeFileSync(dotEnvFile, Buffer.from([0, 255, 61, 39, 10, 34, 61]))
    expect(readEnvironment({}, { dotEnvFile }).values).toEqual({})
  })

  test("a source of its own is the whole environment", () => {
    expect(readEnvironment({ PORT: "1" }).dotEnv).toBe(false)
  })
})
