import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "pg"
import { startPostgres, type PostgresServer } from "understudy-db/testing"
import { afterAll, beforeAll, expect, test } from "vitest"
import {
  copiedContent,
  differences,
  primaryContent,
  type Content,
} from "../../packages/understudy/src/drill/compare.ts"
import { COLUMNS } from "./columns.ts"
import { dyingAt, FAULT_POINTS, RARE_POINTS } from "./fault-points.ts"
import { MirrorSide } from "./mirror-side.ts"
import { compareQuietly } from "./quiet.ts"
import { BEFORE_THE_PROGRAM, FIRST_ROWS } from "./tables.ts"

const POINTS = FAULT_POINTS.filter(
  (point) => process.env["UNDERSTUDY_LONG"] === "1" || !RARE_POINTS.includes(point),
)
const LIMIT_MS = 180_000

/** One transaction, of every kind of change and with more rows than are taken over at a time. */
const CHANGE = `
  begin;
  update account set balance = balance - 5 where id = 1;
  update account set balance = balance + 5 where id = 2;
  insert into left_half select md5($$left$$ || random())::uuid, g from generate_series(1, 3) g;
  truncate right_half;
  insert into right_half select id, number from left_half;
  update seat set id = id + 1000;
  update seat set id = 1 + (id - 1000) % 30;
  delete from bulk where place % 2 = 0;
  insert into bulk select md5($$bulk$$ || random() || g)::uuid, md5($$batch$$)::uuid, 1, g, 'row'
    from generate_series(1, 3000) g;
  commit`

let ground: string
let server: PostgresServer
let client: Client
let side: MirrorSide

beforeAll(async () => {
  ground = await mkdtemp(join(tmpdir(), "understudy-steps-"))
  server = await startPostgres()
  client = new Client({ connectionString: server.url })
  await client.connect()
  for (const statement of BEFORE_THE_PROGRAM) await client.query(statement)
  side = await MirrorSide.start("one", ground, server)
  for (const statement of [...FIRST_ROWS, CHANGE]) await client.query(statement)
  await side.unwatch()
}, LIMIT_MS)

afterAll(async () => {
  await side[Symbol.asyncDispose]()
  await client.end()
  await server[Symbol.asyncDispose]()
  await rm(ground, { recursive: true })
})

const NOTHING: Content = new Map(Object.keys(COLUMNS).map((table) => [table, []]))

/** What the file holds; nothing where it is not there, or has no tables yet. */
function contentOfFile(): Content {
  if (!existsSync(side.file)) return NOTHING
  try {
    return copiedContent(side.file, COLUMNS)
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("no such table")) return NOTHING
    throw error
  }
}

test.skipIf(POINTS.length === 0).each(POINTS)(
  "promise 4: ended at %s, the copy is what it was or what it was to become, and goes on from there",
  { timeout: LIMIT_MS },
  async (point) => {
    const isApplying = point.startsWith("mirror.apply")
    if (isApplying) expect(await compareQuietly(client, [side])).toEqual([])
    await side.backend.kill()
    // Every other step comes with the first copy.
    if (!isApplying) for (const part of ["", "-wal", "-shm"]) await rm(side.file + part, { force: true })
    const before = isApplying ? await primaryContent(client, COLUMNS) : NOTHING
    await side.backend.launch(dyingAt(point, 1))
    if (isApplying) await client.query(CHANGE)
    await side.backend.ended()
    const after = await primaryContent(client, COLUMNS)
    const left = contentOfFile()
    const asItWas = differences(before, left)
    if (asItWas.length > 0) expect(differences(after, left)).toEqual([])
    await side.backend.launch()
    expect(await compareQuietly(client, [side])).toEqual([])
  },
)
