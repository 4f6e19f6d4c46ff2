import { finding, type Finding } from "../../errors/finding.ts"
import type { PostgresCandidate } from "../../plan/plan.ts"
import { describeEndpoint } from "../../url/render.ts"
import { examineJournal } from "../journal/examine.ts"
import type { PrimaryGround } from "../primary-ground.ts"

/**
 * The acknowledged writes that are lost, or can no more be handed back, once the schema is gone: parked ones, and those
 * in this machine's files that are meant for this primary; and what could not be looked at. Changes nothing.
 */
export async function findUnsettled(
  primary: PostgresCandidate,
  ground: PrimaryGround,
): Promise<readonly Finding[]> {
  const { files, primary: seen, problems } = await examineJournal(ground)
  const endpoint = describeEndpoint(primary.parts)
  return [
    ...problems,
    ...parkedLeft(primary, seen?.parked ?? 0),
    ...files.flatMap(({ file, origins }) => {
      const owed = origins.filter(({ meantFor }) => meantFor !== "another primary")
      const changes = owed.reduce((sum, origin) => sum + origin.changes, 0)
      return owed.length === 0 ? [] : [finding("uninstall.owed", { file, changes, endpoint })]
    }),
  ]
}

/** What is to be said of so many parked transactions. */
export function parkedLeft({ parts }: PostgresCandidate, count: number): readonly Finding[] {
  return count === 0 ? [] : [finding("uninstall.parked", { endpoint: describeEndpoint(parts), count })]
}
