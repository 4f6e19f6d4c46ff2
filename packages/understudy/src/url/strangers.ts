/** A PostgreSQL URL that begins within another; before the host alone it is a scheme too many. */
const POSTGRES_INSIDE = /(^|[^])(?:postgres(?:ql)?)(?:\+[\w.-]{1,40})?:\/\//gi
/** Any URL that stands after a separator. */
const NEXT_URL = /[\s,;|"'`][a-z][a-z0-9+.-]{1,40}:\/\//i
const KEYWORDS = /^[a-z_]+\s*=\s*\S+\s+[a-z_]+\s*=/i

/** Does a second URL begin in what stands after the first one's scheme? */
export function hasSecondUrl(rest: string): boolean {
  if (NEXT_URL.test(rest)) return true
  let beforeHost = 0
  for (const match of rest.matchAll(POSTGRES_INSIDE)) {
    if (match[1] !== "@") return true
    beforeHost += 1
  }
  return beforeHost > 1
}

/** Why a text without a scheme is no URL, in words that tell nothing of it. */
export function whyNoUrl(text: string): string {
  if (KEYWORDS.test(text)) return "it is a list of keywords and values"
  if (/^[{[]/.test(text)) return "it is JSON or something like it"
  if (/^(?:\/\/|[^/@]*@|[^/]*:\d)/.test(text)) return "it does not begin with postgresql://"
  return "it has no scheme"
}
