import { UnderstudyError } from "../errors/understudy-error.ts"

/** The refusal of a construct that one engine has and the other has not. */
export function notPortable(construct: string, instead: string, engine = "SQLite"): UnderstudyError {
  return new UnderstudyError("UNDERSTUDY_NOT_PORTABLE", { construct, engine, instead })
}

/** The same refusal, with the place in the program that asked for it. */
export function placed(error: UnderstudyError, place: string | undefined): UnderstudyError {
  const [, construct, engine] = /^(.*) has no equal on (\w+)\.$/s.exec(error.message) ?? []
  if (place === undefined || construct === undefined || engine === undefined) return error
  return notPortable(`${construct} (at ${place})`, error.remedy, engine)
}
