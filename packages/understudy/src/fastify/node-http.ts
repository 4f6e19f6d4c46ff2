const http: typeof import("node:http") = process.getBuiltinModule("node:http")

/**
 * Parts of `node:http`. An ESM import of it reads every export, among them getters that load Node's whole HTTP
 * client: 20 ms and 4 to 12 MB of every start, for nothing.
 */
export const createServer: typeof http.createServer = http.createServer
/** The names of HTTP statuses. */
export const STATUS_CODES: typeof http.STATUS_CODES = http.STATUS_CODES
