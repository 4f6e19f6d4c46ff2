/**
 * Begins what reads or compares values by their texts: a role may have fewer digits for its defaults, or another form of bytes.
 * To be used within a transaction; a connection behind a pooler may be another one after it.
 */
export const EXACT_TEXTS: string = "set local extra_float_digits = 1; set local bytea_output = 'hex'"
