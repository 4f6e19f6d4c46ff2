// Plain JavaScript, so that the compile cache is on before anything else is compiled: with it warm, Node neither
// compiles nor strips types again, which is half of the start. NODE_COMPILE_CACHE names another folder.
import { enableCompileCache } from "node:module"

enableCompileCache()
await import("./src/main.ts")
