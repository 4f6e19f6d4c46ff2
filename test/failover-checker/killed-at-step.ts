import { setTimeout as wait } from "node:timers/promises"
import { FAULT_POINTS } from "../../packages/understudy/src/base/fault-point.ts"
import {
  awayMs,
  forSome,
  RETURN_LIMIT_MS,
  type Scenario,
} from "../../packages/understudy/src/drill/scenario.ts"
import { dyingAt } from "../mirror-checker/fault-points.ts"

/** The first makes the library's numbered steps real; what is published has none. */
const WITH_STEPS = ["--conditions=understudy-faults", "--conditions=understudy-source"]

/** Those of the copy, and of a file from which nobody serves, come about without an outage. */
const STEPS = FAULT_POINTS.filter((name) => !/^(?:mirror|leftover)\./.test(name))

/** The backend ends at a numbered step of a fail-over or of the way back. */
export const killedAtStep: Scenario = {
  name: "killed-at-step",
  title: "the backend is killed at a numbered step",
  async happen(stage, draw) {
    const point = draw.pick(STEPS)
    const count = draw.pick([1, 1, 1, 2, 3])
    await stage.backend.kill()
    stage.tell(`${point}, time ${count}`)
    await stage.backend.launch({ env: dyingAt(point, count), execArgv: WITH_STEPS })
    await wait(draw.between(300, 1_500))
    await stage.server.kill()
    await forSome(stage, awayMs(draw))
    await stage.server.start()
    const limit = new AbortController()
    await Promise.race([
      stage.backend.ended(),
      wait(RETURN_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {}),
    ])
    limit.abort()
    stage.tell(stage.backend.isRunning ? "it was not reached" : "the backend has ended there")
    await stage.backend.kill()
    await stage.backend.launch()
  },
}
