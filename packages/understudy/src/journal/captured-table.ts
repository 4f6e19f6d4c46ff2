/** A table of the primary whose changes are journaled. */
export interface CapturedTable {
  readonly name: string
  /** PostgreSQL's number for it: it stays when the table is renamed. */
  readonly oid: number
  /** The columns of the primary key, in its order. Never empty. */
  readonly key: readonly string[]
  /** The oid of the primary key's index. It ends with the key. */
  readonly keyIndex: number
  /** The oids of its partitions, on every level; a row that is put straight into one fires the triggers of that one only. */
  readonly partitions: readonly number[]
}
