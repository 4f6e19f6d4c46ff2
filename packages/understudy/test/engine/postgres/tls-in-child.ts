// A process of its own, for what a process settles once: whom it trusts, and who it is. argv: the URL, and a user id.
import { outcomeOf } from "./tls-outcome.ts"

const [url = "", uid] = process.argv.slice(2)
if (uid !== undefined) {
  process.setgroups?.([])
  process.setgid?.(Number(uid))
  process.setuid?.(Number(uid))
}
process.stdout.write(JSON.stringify(await outcomeOf(url)))
