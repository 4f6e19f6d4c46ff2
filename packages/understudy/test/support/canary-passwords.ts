import fc from "fast-check"

/** A text with a password in it. */
export type PasswordTemplate = (password: string) => string

/** Letters that no other part of the texts has. */
const RARE = "QXZJKVW0987"
/** So many characters of a password in a row are a part of it that is told. */
const SLICE = 6

/** Passwords of letters and digits. */
export const plainPasswords: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...RARE),
  minLength: 16,
  maxLength: 40,
})

/** Passwords with whatever ends or begins something in a URL. */
export const specialPasswords: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...RARE, ..."@/?#:%&=+;,[]{}<>\"'`|\\^ $!~éß中😀\t"),
  minLength: 16,
  maxLength: 40,
})

/** The parts of the password, raw or encoded, that stand in a text. */
export function partsTold(text: string, password: string): string[] {
  return [password, encodeURIComponent(password)]
    .flatMap((form) =>
      Array.from({ length: form.length - SLICE + 1 }, (_unused, from) => form.slice(from, from + SLICE)),
    )
    .filter((slice) => /[A-Z0-9]{2}/.test(slice) && text.includes(slice))
}

/** The password stands where one belongs, whatever is wrong elsewhere. */
export const PASSWORD_TEMPLATES: readonly PasswordTemplate[] = [
  (p) => `postgresql://app:${p}@db.example.com:5432/app`,
  (p) => `postgres://app:${p}@db.example.com/app?sslmode=require`,
  (p) => `postgresql://:${p}@h`,
  (p) => `"postgresql://app:${p}@h/db";`,
  (p) => `psql 'postgresql://app:${p}@h/db'`,
  (p) => `export DATABASE_URL='postgresql://app:${p}@h/db'`,
  (p) => `jdbc:postgresql://app:${p}@h/db`,
  (p) => `postgresql:app:${p}@h/db`,
  (p) => `postgresql:///app:${p}@h/db`,
  (p) => `postgresql://https://app:${p}@h/db`,
  (p) => `postgresql://app:${p}@http://h/db`,
  (p) => `postgresql://app:${p}@/db`,
  (p) => `postgresql://app:${p}@h:port/db`,
  (p) => `postgresql://app:${p}@h h/db`,
  (p) => `postgresql://app:${p}@<host>/db`,
  (p) => `postgresql://app:${p}@h/db # production`,
  (p) => `mysql://app:${p}@h/db`,
  (p) => `https://app:${p}@abc.supabase.co/db`,
  (p) => `sqlite://app:${p}@h/db.sqlite`,
  (p) => `app:${p}@h/db`,
  (p) => `{"url":"postgresql://app:${p}@h/db"}`,
]
