import { finding, type Finding, type FindingCode } from "../errors/finding.ts"
import type { Details } from "../errors/template.ts"
import type { Plan } from "../plan/plan.ts"
import { isSuspicion, type StateLog } from "./state-log.ts"

/** What was found since the start: the last of each code. */
export class ToldFindings {
  readonly #plan: Plan
  readonly #log: StateLog
  #found: readonly Finding[] = []

  constructor(plan: Plan, log: StateLog) {
    this.#plan = plan
    this.#log = log
  }

  /** Keeps it in the place of an earlier one of its code. */
  note(found: Finding): void {
    const others = this.#found.filter(({ code }) => code !== found.code)
    this.#found = [...others, found]
  }

  /** Keeps them, and says so in the log. */
  tell(found: readonly Finding[]): void {
    for (const each of found) {
      this.note(each)
      this.#log.tell(each)
    }
  }

  /** Says it when it is new, keeps it with its latest details, and forgets it where there are none. */
  keep(code: FindingCode, details: Details | null): void {
    const isNew = this.#found.every((each) => each.code !== code)
    if (details === null) this.forget((each) => each === code)
    else if (isNew) this.tell([finding(code, details)])
    else this.note(finding(code, details))
  }

  forget(codes: (code: Finding["code"]) => boolean): void {
    this.#found = this.#found.filter(({ code }) => !codes(code))
  }

  get own(): readonly Finding[] {
    return this.#found
  }

  /** With those of the plan and of others, each once; where the primary serves, without what was about its absence. */
  all(others: readonly Finding[], primaryServes: boolean): readonly Finding[] {
    const own = new Map([...this.#found, ...others].map((found) => [found.message, found]))
    const isOver = (found: Finding): boolean => isSuspicion(found) || found.code === "journal.owed"
    return [
      ...this.#plan.findings.filter((found) => !own.has(found.message) && !(primaryServes && isOver(found))),
      ...own.values(),
    ]
  }
}
