// A process of its own that gives up root's rights and then gathers the facts: argv holds the folder and the user id.
import { readEnvironment } from "../../src/environment/environment.ts"
import { gatherHostFacts } from "../../src/host/gather.ts"
import { testMachine } from "./machine.ts"

const [folder = "", uid = "", source = "{}"] = process.argv.slice(2)
process.setgroups?.([])
process.setgid?.(Number(uid))
process.setuid?.(Number(uid))
const environment = readEnvironment(JSON.parse(source) as Record<string, string>)
const facts = gatherHostFacts(environment, testMachine(folder, { uid: Number(uid) }))
process.stdout.write(JSON.stringify(facts.places))
