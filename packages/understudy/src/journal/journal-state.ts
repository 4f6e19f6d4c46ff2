import type { Client } from "pg"

/** A mirror that has told the primary how far it is. */
export interface KnownMirror {
  readonly id: string
  /** When it last told, in milliseconds ago, by the primary's clock. */
  readonly ageMs: number
}

/** What stands in the schema `understudy` of a primary. */
export interface JournalState {
  /** What tells this primary from another. */
  readonly mark: string
  /** Are changes to be captured? */
  readonly capture: boolean
  /** Changes in the journal, and what they take on the disk. */
  readonly changes: number
  readonly bytes: number
  /** The one that told last comes first. */
  readonly mirrors: readonly KnownMirror[]
}

const IS_THERE = `
  select bool_and(to_regclass(name) is not null) as there
  from unnest(array['understudy.primary_mark', 'understudy.journal', 'understudy.mirror']) name`

const STATE = `
  select m.id::text as mark, m.capture, (select count(*) from understudy.journal) as changes,
    pg_total_relation_size('understudy.journal') as bytes,
    (select coalesce(json_agg(json_build_object(
        'id', id, 'ageMs', greatest(0, round(extract(epoch from clock_timestamp() - seen_at) * 1000))
      ) order by seen_at desc), '[]') from understudy.mirror) as mirrors
  from understudy.primary_mark m`

/** Looks and changes nothing; null where there is no journal. Rejects with 42501 where the role may not look. */
export async function readJournalState(client: Client): Promise<JournalState | null> {
  const { rows } = await client.query<{ there: boolean }>(IS_THERE)
  if (rows[0]?.there !== true) return null
  const answer = await client.query<JournalState>(STATE)
  return answer.rows[0] ?? null
}
