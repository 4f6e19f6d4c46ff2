import { setTimeout as wait } from "node:timers/promises"
import { awayMs, forSome, type Scenario } from "./scenario.ts"

const blackHole: Scenario = {
  name: "black-hole",
  title: "nothing is forwarded any more, and nothing is closed",
  async happen(stage, draw) {
    const directions = draw.pick(["both", "both", "toClient", "toServer"] as const)
    stage.tell(`nothing is forwarded: ${directions}`)
    stage.proxy.blackHole(directions)
    stage.down("silence", "this backend")
    await forSome(stage, draw.between(2_000, 7_000))
    // What waited goes on, or never arrives.
    if (draw.chance(50)) stage.proxy.reset()
    await stage.proxy.pass()
  },
}

const refused: Scenario = {
  name: "refused",
  fallsBack: true,
  title: "connections are reset or closed, and new ones refused",
  async happen(stage, draw) {
    const how = draw.pick(["closed-port", "reset"] as const)
    stage.tell(`the way to the primary is shut: ${how}`)
    stage.down("refusal", "this backend")
    await stage.proxy.refuse(how)
    if (draw.chance(50)) stage.proxy.reset()
    else stage.proxy.close()
    await forSome(stage, awayMs(draw))
    await stage.proxy.pass()
  },
}

/** Connections are cut just when a COMMIT comes, or when its answer does. */
const cutCommit: Scenario = {
  name: "cut-commit",
  title: "connections are cut half-way through COMMIT",
  async happen(stage, draw) {
    const kind = draw.pick(["reset", "close", "blackHole"] as const)
    const side = draw.pick(["COMMIT", "its answer"] as const)
    stage.tell(`each connection is cut at ${side}: ${kind}`)
    let cuts = 0
    const cut = (): "pass" | typeof kind => {
      cuts += 1
      return kind
    }
    if (side === "COMMIT")
      stage.proxy.onClientMessage((type, payload) =>
        type === "Q" && /^commit/i.test(payload.toString("latin1")) ? cut() : "pass",
      )
    else
      stage.proxy.onServerMessage((type, payload) =>
        type === "C" && payload.toString("latin1").startsWith("COMMIT") ? cut() : "pass",
      )
    await wait(draw.between(50, 500))
    const isOutage = draw.chance(70)
    if (isOutage) {
      await stage.proxy.refuse("closed-port")
      stage.proxy.reset()
      await forSome(stage, awayMs(draw))
    }
    await stage.proxy.pass()
    stage.tell(`${cuts} were cut${isOutage ? ", and then all" : ""}`)
  },
}

const flapping: Scenario = {
  name: "flapping",
  title: "the way to the primary is shut and open, a second each",
  async happen(stage, draw) {
    const times = draw.between(3, 6)
    stage.tell(`${times} times`)
    for (let time = 0; time < times; time += 1) {
      await stage.proxy.refuse(draw.pick(["closed-port", "reset"]))
      stage.proxy.reset()
      await wait(1_000)
      await stage.proxy.pass()
      await wait(1_000)
    }
  },
}

/** Everything takes longer; that is no outage. */
const slow: Scenario = {
  name: "slow",
  title: "each message takes 20 to 400 ms longer, each way",
  async happen(stage, draw) {
    const ms = draw.between(20, 400)
    stage.proxy.delay(ms)
    stage.tell(`each message takes ${ms} ms longer`)
    await forSome(stage, draw.between(2_000, 5_000))
    stage.proxy.delay(0)
  },
}

/** What happens to the connections between backend and primary. */
export const NETWORK_SCENARIOS: readonly Scenario[] = [blackHole, refused, slow, cutCommit, flapping]
