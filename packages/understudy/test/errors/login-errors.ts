import { Client } from "pg"
import { errorOf, type Provocation, type Stage } from "./stage.ts"

function login(
  name: string,
  code: string | null,
  is: Provocation["is"],
  difference: Parameters<Stage["login"]>[1],
): Provocation {
  return { name, code, is, provoke: (stage) => stage.login(stage.server.url, difference) }
}

/** Opens connections until no place is left. */
async function crowd(stage: Stage, url: string): Promise<unknown> {
  for (;;) {
    try {
      await stage.connect(url)
    } catch (error) {
      return error
    }
  }
}

/** The server does not let us in. */
export const LOGIN_ERRORS: readonly Provocation[] = [
  login("a wrong password", "28P01", "authentication", { password: "wrong" }),
  login("an empty password", null, "authentication", { password: "" }),
  login("a role that is not there", "28P01", "authentication", { user: "nobody", database: "template1" }),
  login("a role that may not log in", "28000", "authentication", {
    user: "no_login",
    password: "x",
    database: "template1",
  }),
  login("a role that pg_hba.conf rejects", "28000", "authentication", { user: "rejected", password: "x" }),
  login("a role that no line of pg_hba.conf names", "28000", "authentication", { user: "unnamed" }),
  login("a role that may come by TLS only", "28000", "authentication", { user: "only_tls", password: "x" }),
  login("a database that is not there", "3D000", "authentication", { database: "nowhere" }),
  login("a database that takes no connections", "55000", "authentication", { database: "closed" }),
  {
    name: "a database for which a right is missing",
    code: "42501",
    is: "authentication",
    async provoke({ connect, login: loginAs, server }) {
      await (await connect(server.adminUrl)).query("revoke connect on database template1 from public")
      return loginAs(server.url, { database: "template1" })
    },
  },
  login("a role's own limit of connections", "53300", "connection", {
    user: "few",
    password: "x",
    database: "template1",
  }),
  {
    name: "the last places, which are kept for others",
    code: "53300",
    is: "connection",
    provoke: (stage) => crowd(stage, stage.server.url),
  },
  {
    name: "no place left",
    code: "53300",
    is: "connection",
    provoke: (stage) => crowd(stage, stage.server.adminUrl),
  },
  {
    name: "a parameter that the server does not know",
    code: "42704",
    is: "configuration",
    provoke: (stage) =>
      errorOf(new Client({ connectionString: stage.server.url, options: "-c nothing=1" }).connect()),
  },
  {
    name: "a certificate of its own",
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    is: "configuration",
    provoke: (stage) => stage.login(stage.server.url, { tls: { rejectUnauthorized: true } }),
  },
]
