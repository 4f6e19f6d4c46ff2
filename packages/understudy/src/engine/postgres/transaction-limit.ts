/** Lifts the limit of PostgreSQL 17 and later on a transaction that has its snapshot: the query takes one. */
export const LIFT_TRANSACTION_LIMIT: string =
  "select set_config('transaction_timeout', '0', true) where current_setting('transaction_timeout', true) is not null"
