/** What a test database held when its migrations were done. */
export interface Baseline {
  /** Puts it back. No session may be under way: on PostgreSQL it would be waited for. */
  restore(): Promise<void>
}
