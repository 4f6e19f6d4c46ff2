import { setTimeout as wait } from "node:timers/promises"
import { awayMs, forSome, untilReturning, type Scenario } from "./scenario.ts"

const ourselves: Scenario = {
  name: "stopped-ourselves",
  title: "the backend's own process stands still for 5 s",
  async happen(stage, draw) {
    const isOutage = draw.chance(50)
    if (isOutage) {
      await stage.server.kill()
      await wait(draw.between(0, 1_500))
    }
    stage.tell(`the backend is stopped${isOutage ? ", while the primary is away" : ""}`)
    stage.backend.stop()
    await wait(5_000)
    if (isOutage) await stage.server.start()
    stage.backend.goOn()
  },
}

/** The backend is killed while it serves from SQLite, and comes back before the primary, or after. */
const killedInFallback: Scenario = {
  name: "killed-in-fallback",
  title: "the backend is killed while it serves from SQLite",
  async happen(stage, draw) {
    await stage.server.kill()
    const times = draw.between(1, 3)
    for (let time = 0; time < times; time += 1) {
      await wait(draw.between(200, 2_000))
      await stage.backend.kill()
      stage.tell("the backend is killed")
      if (draw.chance(70)) await stage.backend.launch()
    }
    await wait(draw.between(0, 1_000))
    await stage.server.start()
    if (!stage.backend.isRunning) await stage.backend.launch()
  },
}

/** The backend is killed about when it hands its writes back. */
const killedInReturn: Scenario = {
  name: "killed-in-return",
  title: "the backend is killed while it hands its writes back",
  async happen(stage, draw) {
    await stage.server.kill()
    await forSome(stage, awayMs(draw))
    await stage.server.start()
    const times = draw.between(1, 3)
    for (let time = 0; time < times; time += 1) {
      await untilReturning(stage)
      await wait(draw.between(0, 150))
      await stage.backend.kill()
      stage.tell("the backend is killed")
      await wait(draw.between(0, 300))
      await stage.backend.launch()
    }
  },
}

/** The primary fails again while writes are handed back to it. */
const killedWhileReturning: Scenario = {
  name: "primary-killed-in-return",
  title: "PostgreSQL fails again while writes are handed back",
  async happen(stage, draw) {
    await stage.server.kill()
    await forSome(stage, awayMs(draw))
    const times = draw.between(1, 3)
    for (let time = 0; time < times; time += 1) {
      await stage.server.start()
      await untilReturning(stage)
      await wait(draw.between(0, 200))
      if (draw.chance(60)) await stage.server.kill()
      else {
        await stage.proxy.refuse("closed-port")
        stage.proxy.reset()
      }
      stage.tell("the primary fails again")
      await wait(draw.between(100, 2_000))
      await stage.proxy.pass()
    }
    await stage.server.start()
  },
}

/** What happens to the backend, or while it returns. */
export const BACKEND_SCENARIOS: readonly Scenario[] = [
  ourselves,
  killedInFallback,
  killedInReturn,
  killedWhileReturning,
]
