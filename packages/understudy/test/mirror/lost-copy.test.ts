import { expect, test } from "vitest"
import { lostCopy, type Meeting } from "../../src/mirror/lost-copy.ts"

const FOLLOWS: Meeting = {
  seen: { mark: "m", cluster: "1/1" },
  met: { mark: "m", cluster: "1/1" },
  moment: { acknowledged: "10:20:", isCursorAhead: false, life: "x", reachesCursor: true },
  acknowledged: "10:20:",
  position: { life: "x" },
}

test.each([
  ["all is as it was", {}, null],
  ["a file that never saw a primary", { seen: undefined, position: undefined }, null],
  [
    "a file that waits for its first copy",
    { seen: { mark: null, cluster: null }, position: undefined },
    null,
  ],
  ["another database", { met: { mark: "n", cluster: "1/1" } }, "primary-changed"],
  [
    "another database, no copy",
    { met: { mark: "n", cluster: "1/1" }, position: undefined },
    "primary-changed",
  ],
  ["another cluster with a copy of the mark", { met: { mark: "m", cluster: "2/1" } }, "primary-changed"],
  [
    "another timeline: a restore, or a standby took over",
    { met: { mark: "m", cluster: "1/2" } },
    "primary-changed",
  ],
  ["a server that does not tell its cluster any more", { met: { mark: "m", cluster: null } }, null],
  ["a cursor from the future", { moment: { ...FOLLOWS.moment, isCursorAhead: true } }, "primary-changed"],
  [
    "the primary knows of less than it was told",
    { moment: { ...FOLLOWS.moment, acknowledged: "9:19:" } },
    "primary-changed",
  ],
  ["the file knows of less than the primary was told: it was set back", { acknowledged: "9:9:" }, null],
  ["a server that has crashed", { moment: { ...FOLLOWS.moment, life: "y" } }, "primary-crashed"],
  [
    "a server that has crashed, and gives numbers out again",
    { moment: { ...FOLLOWS.moment, life: "y", isCursorAhead: true } },
    "primary-crashed",
  ],
  [
    "a server that has crashed, and forgot what it was told",
    { moment: { ...FOLLOWS.moment, life: "y", acknowledged: "9:19:" } },
    "primary-changed",
  ],
  ["a file set back too far", { moment: { ...FOLLOWS.moment, reachesCursor: false } }, "journal-trimmed"],
  ["a mirror that was forgotten", { moment: { ...FOLLOWS.moment, acknowledged: null } }, "journal-trimmed"],
  [
    "the same without a copy",
    { moment: { ...FOLLOWS.moment, acknowledged: null }, position: undefined },
    null,
  ],
] satisfies [string, Partial<Meeting>, ReturnType<typeof lostCopy>][])(
  "promise 4: %s",
  (_, meeting, expected) => {
    expect(lostCopy({ ...FOLLOWS, ...meeting })).toBe(expected)
  },
)
