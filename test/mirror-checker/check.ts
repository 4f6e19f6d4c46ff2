import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { Client } from "pg"
import { startPostgres, type PostgresServer } from "understudy-db/testing"
import { BehindDoor } from "./behind.ts"
import { Crew, type Tally } from "./crew.ts"
import { drawFrom } from "../../packages/understudy/src/drill/draw.ts"
import { FAULT_NAMES, letFail } from "./faults.ts"
import { MirrorSide } from "./mirror-side.ts"
import { compareQuietly } from "./quiet.ts"
import { BEFORE_THE_PROGRAM, FIRST_ROWS } from "./tables.ts"
import { Truth } from "./truth.ts"
import { whoWaits } from "./who-waits.ts"

/** What a run of the checker is. */
export interface CheckOptions {
  readonly seed: number
  /** So long writers write; a quiet point takes its time besides. */
  readonly seconds: number
  /** What may go wrong, by name. Default: all there is. */
  readonly faults?: readonly string[]
  /** Told what happens, as it happens. */
  readonly onEvent?: (event: string) => void
}

/** What a run came to. */
export interface CheckResult {
  /** What should not have been, in words; the run ends with the first. */
  readonly found: readonly string[]
  readonly quietPoints: number
  readonly events: readonly string[]
  readonly tallies: ReadonlyMap<string, Readonly<Tally>>
  readonly refusals: ReadonlyMap<string, number>
  /** How often the readers looked. */
  readonly looks: number
}

/** Writers that take longer to come to their end wait for somebody: it is told for whom. */
const STUCK_MS = 10_000

/** Writers at each door at once. */
const AT_EACH_DOOR = 3

/** Runs writers, readers and faults over one primary and two mirrors, and compares at every quiet point. */
export async function checkMirrors(options: CheckOptions): Promise<CheckResult> {
  const { seed, seconds, faults = FAULT_NAMES, onEvent } = options
  const draw = drawFrom(seed)
  const events: string[] = []
  const tell = (event: string): void => {
    events.push(event)
    onEvent?.(event)
  }
  const ground = await mkdtemp(join(tmpdir(), "understudy-checker-"))
  try {
    await using server = await startPostgres({ settings: { max_connections: "60" } })
    await asAdmin(server, async (client) => {
      for (const statement of BEFORE_THE_PROGRAM) await client.query(statement)
    })
    await using one = await MirrorSide.start("one", ground, server)
    await asAdmin(server, async (client) => {
      for (const statement of FIRST_ROWS) await client.query(statement)
    })
    await using two = await MirrorSide.start("two", ground, server)
    await using behind = new BehindDoor(server.url)
    const sides = [one, two]
    const truth = new Truth()
    const crew = new Crew([one.backend, two.backend, behind], AT_EACH_DOOR, truth, draw)

    const found: string[] = []
    let quietPoints = 0
    const quiet = async (): Promise<void> => {
      await asAdmin(server, async (client) => {
        found.push(...(await compareQuietly(client, sides)), ...(await truth.missing(client)))
      })
      for (const side of sides) {
        await side.unwatch()
        found.push(...side.watched.broken.map((what) => `${side.name}: ${what}`))
      }
      quietPoints += 1
      tell(`quiet point ${quietPoints}: ${found.length === 0 ? "the same" : "NOT the same"}`)
    }

    await quiet()
    let writtenMs = 0
    while (writtenMs < seconds * 1_000 && found.length === 0) {
      const beganMs = performance.now()
      for (const side of sides) side.watch()
      crew.start()
      await wait(draw.between(300, 1_500))
      if (draw.chance(50)) await draw.pick(sides).keepFile()
      await wait(draw.between(300, 1_500))
      tell(await letFail({ server, sides }, draw, faults))
      await wait(draw.between(0, 1_000))
      const stoppingMs = performance.now()
      const stuck = setTimeout(() => {
        void asAdmin(server, async (client) => (await whoWaits(client)).forEach(tell))
      }, STUCK_MS)
      await crew.stop()
      clearTimeout(stuck)
      tell(`the writers ended after ${Math.round(performance.now() - stoppingMs)} ms`)
      writtenMs += performance.now() - beganMs
      await quiet()
    }
    const looks = sides.reduce((sum, side) => sum + side.watched.rounds, 0)
    const result = { found, quietPoints, events, tallies: crew.tallies, refusals: crew.refusals, looks }
    return found.length > 0 ? result : { ...result, found: tooLittle(result, seconds) }
  } finally {
    await rm(ground, { recursive: true, force: true })
  }
}

/** Writers whom nobody lets write, and readers who never look, would find nothing. */
function tooLittle({ quietPoints, looks, tallies }: CheckResult, seconds: number): string[] {
  const idle = [...tallies].filter(([name, { applied }]) => applied === 0 && name !== "given up")
  return [
    ...(quietPoints > seconds / 15 ? [] : [`only ${quietPoints} quiet points in ${seconds} s`]),
    ...(looks > seconds * 10 ? [] : [`the readers looked only ${looks} times in ${seconds} s`]),
    ...(idle.length < tallies.size / 2 ? [] : [`nothing came of ${idle.map(([name]) => name).join(", ")}`]),
  ]
}

async function asAdmin(server: PostgresServer, work: (client: Client) => Promise<void>): Promise<void> {
  // The role that owns the tables: what it makes is the program's.
  const client = new Client({ connectionString: server.url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
