import { UnderstudyError } from "../errors/understudy-error.ts"
import type { SettleError } from "./settle.ts"

/** What the catalogue says of a parked transaction that cannot be settled as was asked. Holds nothing of a row. */
export function settleProblem(id: string, error: SettleError): UnderstudyError {
  const options = { cause: error, applied: "no" } as const
  switch (error.why) {
    case "not-found":
      return unknownConflict(id)
    case "settled":
      return new UnderstudyError("UNDERSTUDY_CONFLICT_SETTLED", { id }, options)
    case "depends-on":
      return new UnderstudyError(
        "UNDERSTUDY_CONFLICT_DEPENDS",
        { id, transactions: error.transactions.join(", ") },
        options,
      )
    case "conflict":
      return new UnderstudyError("UNDERSTUDY_CONFLICT_REMAINS", { id, why: error.message }, options)
    default:
      return error.why satisfies never
  }
}

/** There is no such parked transaction. What was given as its id may be anything: it is not repeated at length. */
export function unknownConflict(id: string): UnderstudyError {
  const shown = /^\d{1,18}$/.test(id) ? id : "of this id"
  return new UnderstudyError("UNDERSTUDY_CONFLICT_UNKNOWN", { id: shown }, { applied: "no" })
}
