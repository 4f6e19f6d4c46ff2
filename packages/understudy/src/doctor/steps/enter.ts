import { failureOfBoth, goesOnWithoutTls, notVerified } from "../../engine/postgres/prefer.ts"
import { sslModeOf } from "../../engine/postgres/tls-mode.ts"
import type { Step } from "../report.ts"
import { login, type Session } from "./session.ts"
import { failed, findingOf, step, wordsOf, type Target } from "./target.ts"
import { ONWARD } from "./tls.ts"

/** How a server is met at the login. */
export interface Approach {
  readonly tls: boolean
  /** What failed of TLS, where one goes on without it. */
  readonly failure?: unknown
}

/** The steps, and the session that was let in; null where none was. */
export interface Entered {
  readonly steps: readonly Step[]
  readonly entry: { readonly session: Session; readonly tls: boolean } | null
}

/** Logs in, and where TLS is what the server does not let in and `prefer` lets go, once more without it. */
export async function enter(target: Target, { tls, failure }: Approach): Promise<Entered> {
  const opened = await login(target, tls)
  if (opened.ok) {
    const session = opened.value
    return { steps: [admitted(target, tls, opened.tookMs)], entry: { session, tls } }
  }
  const { error, tookMs } = opened
  if (tls && goesOnWithoutTls(sslModeOf(target.parts.params, target.host), error)) {
    const passedOver = step("login", "notice", `${wordsOf(target, error)}; ${ONWARD}`, tookMs, [])
    const { steps, entry } = await enter(target, { tls: false, failure: error })
    return { steps: [passedOver, ...steps], entry }
  }
  const told = failure === undefined ? error : failureOfBoth(failure, error)
  const refused =
    told === error
      ? failed("login", target, error, tookMs)
      : step("login", "failed", wordsOf(target, error), tookMs, [findingOf(target, told)])
  return { steps: [refused], entry: null }
}

function admitted(target: Target, tls: boolean, tookMs: number): Step {
  const { parts, host, port } = target
  const user = (parts.user ?? "the process's user").replaceAll(/\p{C}/gu, "?")
  const found = tls ? null : notVerified(parts, { host, port, tls: false })
  const text = `as ${user}${tls ? ", encrypted" : ", not encrypted"}`
  return step("login", found === null ? "ok" : "notice", text, tookMs, found === null ? [] : [found])
}
