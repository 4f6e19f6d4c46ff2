import { UnderstudyError } from "../errors/understudy-error.ts"

/** The refusal of a construct that one engine has and the other has not. */
export function notPortable(construct: string, instead: string, engine = "SQLite"): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_NOT_PORTABLE", { construct, engine, instead })
}
