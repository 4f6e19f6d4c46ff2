import { describe, expect, test } from "vitest"
import { isPooler, providerOf } from "../../src/url/providers.ts"

describe("promise 2: who stands behind a host name, and what to know of it", () => {
  test.each<[host: string, port: number, name: string, pooler: boolean, says: RegExp]>([
    ["ep-cool-darkness-123456-pooler.us-east-2.aws.neon.tech", 5432, "Neon, pooler", true, /slept/],
    [
      "ep-cool-darkness-123456.us-east-2.aws.neon.tech",
      5432,
      "Neon, direct",
      false,
      /-pooler after its first label/,
    ],
    ["db.abcdefghijklmnop.supabase.co", 6543, "Supabase, dedicated pooler", true, /IPv6 address only/],
    ["db.abcdefghijklmnop.supabase.co", 5432, "Supabase, direct", false, /IPv6 address only.*session pooler/],
    [
      "aws-0-eu-central-1.pooler.supabase.com",
      6543,
      "Supabase, transaction pooler",
      true,
      /postgres\.<ref>.*sslrootcert/,
    ],
    [
      "aws-0-eu-central-1.pooler.supabase.com",
      5432,
      "Supabase, session pooler",
      true,
      /DATABASE_POOL_MAX low/,
    ],
    ["dpg-cabc123def456-a.frankfurt-postgres.render.com", 5432, "Render, external", false, /sslmode=require/],
    ["dpg-cabc123def456-a", 5432, "Render, internal", false, /only inside Render's network/],
    ["postgres.railway.internal", 5432, "Railway, private network", false, /DATABASE_PUBLIC_URL/],
    ["monorail.proxy.rlwy.net", 43210, "Railway, public proxy", false, /port belongs to the name/],
    ["containers-us-west-1.railway.app", 6543, "Railway, public proxy", false, /DATABASE_PUBLIC_URL/],
    ["shop-db.flycast", 5432, "Fly.io, flycast", false, /wakes machines/],
    ["pgbouncer.abc123.flympg.net", 5432, "Fly.io, managed PostgreSQL", true, /fly mpg proxy/],
    ["shop-db.internal", 5432, "A private network, such as Fly.io's", false, /\.flycast name/],
    ["top1.nearest.of.shop-db.internal", 5432, "A private network, such as Fly.io's", false, /IPv6 only/],
    ["host.docker.internal", 5432, "Docker's host", false, /--add-host/],
    [
      "ec2-54-1-2-3.compute-1.amazonaws.com",
      5432,
      "Heroku Postgres",
      false,
      /no public CA.*set DATABASE_URL/,
    ],
    ["ec2-54-1-2-3.eu-west-1.compute.amazonaws.com", 5432, "Heroku Postgres", false, /sslmode=require/],
    ["shop.proxy-c1abc2def3gh.eu-west-1.rds.amazonaws.com", 5432, "Amazon RDS Proxy", true, /inside its VPC/],
    [
      "shop.cluster-ro-c1abc2def3gh.eu-west-1.rds.amazonaws.com",
      5432,
      "Amazon Aurora, reader",
      false,
      /no writes/,
    ],
    ["shop.cluster-c1abc2def3gh.eu-west-1.rds.amazonaws.com", 5432, "Amazon Aurora", false, /global-bundle/],
    ["shop.c1abc2def3gh.eu-west-1.rds.amazonaws.com", 5432, "Amazon RDS", false, /security group/],
    ["shop.c1abc2def3gh.cn-north-1.rds.amazonaws.com.cn", 5432, "Amazon RDS", false, /sslrootcert/],
    ["shop.postgres.database.azure.com", 6432, "Azure Database for PostgreSQL, pooler", true, /PgBouncer/],
    ["shop.postgres.database.azure.com", 5432, "Azure Database for PostgreSQL", false, /firewall/],
    ["/cloudsql/shop:europe-west1:main", 5432, "Google Cloud SQL, socket", false, /Cloud SQL Client/],
    ["abc123.def456.europe-west1.sql.goog", 5432, "Google Cloud SQL", false, /Auth Proxy/],
    [
      "shop-do-user-1-0.b.db.ondigitalocean.com",
      25_061,
      "DigitalOcean, pool",
      true,
      /name of the connection pool/,
    ],
    ["shop-do-user-1-0.b.db.ondigitalocean.com", 25_060, "DigitalOcean", false, /trusted sources/],
    ["pg-shop.a.aivencloud.com", 12_345, "Aiven", false, /project's CA/],
  ])("%s:%i is %s", (host, port, name, pooler, says) => {
    const provider = providerOf(host, port)
    expect([provider?.name, isPooler(host, port)]).toEqual([name, pooler])
    expect(provider?.advice).toMatch(says)
    expect(provider?.advice).toMatch(/^[A-Z].*(?:\.|pem)$/)
    expect(providerOf(`${host.toUpperCase()}.`, port)?.name).toBe(name)
  })

  test("a port of a pooler tells it where the name does not", () => {
    expect([5432, 6432, 6543].map((port) => isPooler("db.example.com", port))).toEqual([false, true, true])
  })

  test.each([
    "db.example.com",
    "localhost",
    "127.0.0.1",
    "neon.tech.example.com",
    "ip-10-0-0-1.ec2.internal",
    "metadata.google.internal",
    "vm.c.shop-123.internal",
    "dpg",
    "notaivencloud.com",
    "/var/run/postgresql",
  ])("%s is nobody's", (host) => {
    expect(providerOf(host, 5432)).toBe(null)
  })
})
