import type { Kind } from "../../packages/understudy/src/drill/compare.ts"
import type { Tables } from "./tables.ts"

/** The columns that are compared, and how their values become one text on both engines. */
export const COLUMNS: { readonly [T in keyof Tables]: Readonly<Record<keyof Tables[T], Kind>> } = {
  entry: {
    id: "text",
    source: "text",
    number: "whole",
    amount: "cents",
    note: "text",
    flag: "boolean",
    at: "timestamptz",
    extra: "text",
    digest: "bytea",
    ratio: "double",
  },
  counter: { name: "text", value: "whole" },
  account: { id: "whole", balance: "whole" },
  word: { word: "text", count: "whole" },
  parent: { id: "whole", name: "text" },
  child: { id: "text", parent: "whole" },
  left_half: { id: "text", number: "whole" },
  right_half: { id: "text", number: "whole" },
  seat: { id: "whole", holder: "text" },
  basin: { id: "whole", batch: "text", size: "whole" },
  droplet: { id: "text", basin: "whole", batch: "text" },
  reading: { region: "text", id: "text", value: "whole" },
  bulk: { id: "text", batch: "text", size: "whole", place: "whole", payload: "text" },
}
