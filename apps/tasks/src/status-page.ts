import type { StatusPageOptions } from "understudy-db/fastify"

/** What the page at `/` says of the service. */
export const STATUS_PAGE: StatusPageOptions = {
  title: "Tasks",
  links: [
    { href: "/docs", label: "API reference" },
    { href: "/health", label: "Health" },
  ],
}
