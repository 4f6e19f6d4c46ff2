import { setTimeout as wait } from "node:timers/promises"
import type { PostgresServer } from "understudy-db/testing"
import type { Draw } from "../../packages/understudy/src/drill/draw.ts"
import { dyingAt, FAULT_POINTS, RARE_POINTS } from "./fault-points.ts"
import type { MirrorSide } from "./mirror-side.ts"

/** What faults happen to. */
export interface Stage {
  readonly server: PostgresServer
  readonly sides: readonly MirrorSide[]
}

/** Something that goes wrong while writers are at work. It is over when the promise resolves. */
interface Fault {
  readonly name: string
  readonly weight: number
  happen(stage: Stage, side: MirrorSide, draw: Draw): Promise<string>
}

const primaryKilled: Fault = {
  name: "primary killed",
  weight: 3,
  async happen({ server }, _side, draw) {
    await server.kill()
    const awayMs = draw.between(0, 1_500)
    await wait(awayMs)
    await server.start()
    return `away for ${awayMs} ms`
  },
}

const backendKilled: Fault = {
  name: "backend killed",
  weight: 3,
  async happen(_stage, side, draw) {
    await side.backend.kill()
    const awayMs = draw.between(0, 500)
    await wait(awayMs)
    await side.backend.launch()
    return `away for ${awayMs} ms`
  },
}

/** So long it is waited for a backend to die where it was told to. */
const DEATH_LIMIT_MS = 10_000

/** A rare one would not be reached. */
const POINTS = FAULT_POINTS.filter((point) => !RARE_POINTS.includes(point))

const killedAtPoint: Fault = {
  name: "backend killed at a numbered step",
  weight: 4,
  async happen(_stage, side, draw) {
    const point = draw.pick(POINTS)
    const count = draw.pick([1, 1, 2, 5])
    await side.backend.kill()
    await side.backend.launch(dyingAt(point, count))
    const limit = new AbortController()
    await Promise.race([
      side.backend.ended(),
      wait(DEATH_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {}),
    ])
    limit.abort()
    const hasDied = !side.backend.isRunning
    await side.backend.kill()
    await side.backend.launch()
    return `${point}, time ${count}${hasDied ? "" : ": not reached"}`
  },
}

const blackHole: Fault = {
  name: "black hole",
  weight: 3,
  async happen(_stage, side, draw) {
    const directions = draw.pick(["both", "both", "toClient", "toServer"] as const)
    const forMs = draw.between(500, 4_000)
    side.proxy.blackHole(directions)
    await wait(forMs)
    const isCut = draw.chance(50)
    if (isCut) side.proxy.reset()
    await side.proxy.pass()
    return `${directions}, for ${forMs} ms${isCut ? ", then reset" : ""}`
  },
}

const connectionsCut: Fault = {
  name: "connections cut",
  weight: 2,
  async happen(_stage, side, draw) {
    for (const pauseMs of draw.times(draw.between(1, 4), () => draw.between(10, 400))) {
      if (draw.chance(50)) side.proxy.reset()
      else side.proxy.close()
      await wait(pauseMs)
    }
    return "now and then"
  },
}

const powerLost: Fault = {
  name: "power lost",
  weight: 3,
  async happen(_stage, side, draw) {
    const isBack = await side.losePower()
    await side.backend.launch()
    side.watch()
    await wait(draw.between(0, 300))
    return isBack ? "the file is an earlier one" : "nothing was kept yet"
  },
}

const none: Fault = { name: "none", weight: 2, happen: async () => "" }

const FAULTS: readonly Fault[] = [
  primaryKilled,
  backendKilled,
  blackHole,
  connectionsCut,
  powerLost,
  none,
  ...(POINTS.length > 0 ? [killedAtPoint] : []),
]

/** What can go wrong. */
export const FAULT_NAMES: readonly string[] = FAULTS.map(({ name }) => name)

/** Lets something go wrong, of these names; gives what it was. */
export async function letFail(stage: Stage, draw: Draw, names: readonly string[]): Promise<string> {
  const choices = FAULTS.filter(({ name }) => names.includes(name))
  const fault = draw.weighted(choices.map((each) => [each.weight, each] as const))
  const side = draw.pick(stage.sides)
  const detail = await fault.happen(stage, side, draw)
  return `${fault.name} (${side.name}${detail === "" ? "" : `: ${detail}`})`
}
