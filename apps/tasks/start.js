// Plain JavaScript, so that this is in force before anything else is compiled.
import { enableCompileCache } from "node:module"
import { setFlagsFromString } from "node:v8"

// Once it is warm, Node neither compiles nor strips types again. NODE_COMPILE_CACHE names another folder.
enableCompileCache()

// Loading makes much garbage at once. The young generation would grow by 20 MB for it and never be needed so large
// again; it may grow as soon as the service is loaded.
setFlagsFromString("--semi-space-growth-factor=1")
const { loaded } = await import("./src/main.ts")
await loaded
setFlagsFromString("--semi-space-growth-factor=2")
