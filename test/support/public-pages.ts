/** What anybody can ask the backend for, and one that is not there. */
export const PUBLIC_PAGES: readonly string[] = [
  "/",
  "/health",
  "/health/live",
  "/health/ready",
  "/openapi.json",
  "/docs",
  "/docs/",
  "/nowhere",
]
