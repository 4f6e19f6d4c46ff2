import { LOGIN_ERRORS } from "./login-errors.ts"
import { LOST_ERRORS } from "./lost-errors.ts"
import { POOLER_PROVOCATIONS } from "./pooler-provocations.ts"
import type { Provocation } from "./stage.ts"
import { STATEMENT_ERRORS } from "./statement-errors.ts"

/** All errors that are provoked. */
export const PROVOCATIONS: readonly Provocation[] = [
  ...STATEMENT_ERRORS,
  ...LOGIN_ERRORS,
  ...LOST_ERRORS,
  ...POOLER_PROVOCATIONS,
]
