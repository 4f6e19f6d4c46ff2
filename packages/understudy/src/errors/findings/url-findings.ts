import type { FindingEntry } from "./entry.ts"

/** The codes of url findings. */
export type UrlFindingCode =
  | "url.blank"
  | "url.unresolved-reference"
  | "url.whitespace"
  | "url.invisible-characters"
  | "url.quoted"
  | "url.shell-command"
  | "url.assignment-prefix"
  | "url.driver-suffix"
  | "url.jdbc"
  | "url.slashes"
  | "url.scheme-duplicated"
  | "url.userinfo-unencoded"
  | "url.percent-malformed"
  | "url.trailing-garbage"
  | "url.database-missing"
  | "url.ambiguous"
  | "url.parameters-ignored"
  | "url.not-a-url"
  | "url.scheme-unsupported"
  | "url.api-endpoint"
  | "url.placeholder"
  | "url.host-missing"
  | "url.host-invalid"
  | "url.port-invalid"
  | "url.pg-variables-partial"
  | "url.pg-variable-mixed"

/**
 * What can be said of one database URL. The messages name the variable, the part, the position and the kind of
 * character, and never the value: a refused value may itself be a bare password.
 */
export const URL_FINDINGS: Readonly<Record<UrlFindingCode, FindingEntry>> = {
  "url.blank": {
    severity: "info",
    title: "The database URL is empty.",
    message: "{variable} is empty, which counts as not set.",
    remedy: "Set {variable} to a PostgreSQL URL, or remove the variable.",
  },
  "url.unresolved-reference": {
    severity: "warning",
    title: "The database URL is a reference that nothing has resolved.",
    message:
      "{variable} holds {reference} instead of a URL: PostgreSQL was wanted, but nothing filled it in.",
    remedy: "Set {variable} to the URL itself, or mend the name that the reference points at.",
  },
  "url.whitespace": {
    severity: "warning",
    title: "There is white space around the database URL.",
    message: "{variable} has white space at its {end}; it was stripped.",
    remedy: "Remove the white space around the value of {variable}.",
  },
  "url.invisible-characters": {
    severity: "warning",
    title: "There are invisible characters around the database URL.",
    message: "{variable} has an invisible character at its {end}; it was stripped.",
    remedy:
      "Type the first and the last character of {variable} anew, or paste it through a plain text editor.",
  },
  "url.quoted": {
    severity: "warning",
    title: "The database URL stands in quotes.",
    message: "{variable} stands in quotes (character {position}); they were stripped.",
    remedy: "Give the value of {variable} without quotes: not every tool that reads it takes them off.",
  },
  "url.shell-command": {
    severity: "warning",
    title: "The database URL stands in a psql command.",
    message: "{variable} holds a psql command; the URL in it (character {position}) was used.",
    remedy: "Keep only the URL in {variable}, without psql, flags and quotes.",
  },
  "url.assignment-prefix": {
    severity: "warning",
    title: "The value of the database URL begins with a variable's name.",
    message: "{variable} begins with a name and an assignment; what follows (character {position}) was used.",
    remedy: "Put only what stands after the assignment into {variable}.",
  },
  "url.driver-suffix": {
    severity: "warning",
    title: "The scheme of the database URL names another language's driver.",
    message: "{variable} has a scheme with a driver's name after a plus sign; the driver's name was dropped.",
    remedy: "Begin {variable} with {scheme}: and no driver's name.",
  },
  "url.jdbc": {
    severity: "warning",
    title: "The database URL is a JDBC URL.",
    message: "{variable} begins with jdbc:, which was dropped.",
    remedy: "Begin {variable} with {scheme}: and without jdbc:.",
  },
  "url.slashes": {
    severity: "warning",
    title: "The database URL has not two slashes after its scheme.",
    message:
      "{variable} has {count} where two slashes belong (character {position}); it was read as with two.",
    remedy: "Begin {variable} with postgresql:// and then the user or the host.",
  },
  "url.scheme-duplicated": {
    severity: "warning",
    title: "The database URL has a scheme too many.",
    message: "{variable} has a scheme too many (character {position}); it was dropped.",
    remedy: "Keep one postgresql:// at the beginning of {variable}, and none before the host.",
  },
  "url.userinfo-unencoded": {
    severity: "warning",
    title: "User or password in the database URL hold characters that need percent-encoding.",
    message:
      "{variable} has {kind} in the {part} (character {position}) that is not percent-encoded; it was encoded.",
    remedy:
      "Percent-encode user and password in {variable}: %40 for an at sign, %2F for a slash, %3F for a question mark, %23 for a number sign.",
  },
  "url.percent-malformed": {
    severity: "warning",
    title: "The database URL holds a percent sign that begins no code.",
    message:
      "{variable} has a percent sign in the {part} (character {position}) that begins no code; it was taken as it is.",
    remedy: "Write %25 for a percent sign in {variable}.",
  },
  "url.trailing-garbage": {
    severity: "warning",
    title: "Something stands after the database URL.",
    message: "{variable} has {kind} after the URL (character {position}); it was stripped.",
    remedy: "Remove what stands after the URL in {variable}.",
  },
  "url.database-missing": {
    severity: "info",
    title: "The database URL names no database.",
    message: "{variable} names no database; PostgreSQL takes the one that has the user's name.",
    remedy: "Name the database in {variable}, if it is not the one with the user's name.",
  },
  "url.ambiguous": {
    severity: "info",
    title: "The database URL may hold a part of the password after the at sign.",
    message:
      "{variable} has characters after the host (character {position}) that belong into no database's name or parameter; it was read as the standard says, and host and database are not shown, since a password that is not percent-encoded looks the same.",
    remedy: "Percent-encode the password in {variable}, if what follows the host is a part of it.",
  },
  "url.parameters-ignored": {
    severity: "info",
    title: "Parameters of the SQLite location are not used.",
    message:
      "{variable} has parameters after the path of the SQLite file (character {position}); they are not used.",
    remedy: "Remove the question mark and what follows it from {variable}.",
  },
  "url.not-a-url": {
    severity: "error",
    title: "The database URL cannot be read as a URL.",
    message: "{variable} cannot be read as one URL: {why}.",
    remedy:
      "Set {variable} to one URL of the form postgresql://user:password@host:5432/database, with user and password percent-encoded.",
  },
  "url.scheme-unsupported": {
    severity: "error",
    title: "The database URL is one of another kind of service.",
    message: "{variable} is {kind}; postgresql: and sqlite: are understood.",
    remedy: "Set {variable} to a URL that begins with postgresql://, or remove it to use SQLite.",
  },
  "url.api-endpoint": {
    severity: "error",
    title: "The database URL is the address of a web service, not of its database.",
    message: "{variable} is a web address of {provider}, not the address of a PostgreSQL database.",
    remedy: "Copy {copy}, which begins with postgresql://, into {variable}.",
  },
  "url.placeholder": {
    severity: "error",
    title: "The database URL still holds a placeholder.",
    message: "{variable} has a placeholder as its {part} (character {position}).",
    remedy:
      "Replace the placeholder in {variable} by the true value. If it is the true value, percent-encode all of it.",
  },
  "url.host-missing": {
    severity: "error",
    title: "The database URL names no host.",
    message: "{variable} names no host (character {position}).",
    remedy: "Write the host after postgresql://user:password@ in {variable}.",
  },
  "url.host-invalid": {
    severity: "error",
    title: "The host in the database URL cannot be a host.",
    message: "{variable} has {kind} in the host (character {position}).",
    remedy:
      "Correct the host in {variable}. If what stands there belongs to the password, percent-encode the password.",
  },
  "url.port-invalid": {
    severity: "error",
    title: "The port in the database URL is not a port.",
    message: "{variable} has a port (character {position}) that {why}.",
    remedy:
      "Write a number from 1 to 65535 after the host in {variable}. If what stands there belongs to the password, percent-encode the password.",
  },
  "url.pg-variables-partial": {
    severity: "error",
    title: "The PG variables are set in part: PostgreSQL was wanted, but cannot be reached with them.",
    message: "{present} set, but {absent} not set.",
    remedy: "Set both PGHOST and PGUSER, or set DATABASE_URL instead, or remove the PG variables.",
  },
  "url.pg-variable-mixed": {
    severity: "error",
    title: "A PG variable holds more than its own part.",
    message: "{variable} {what}; the PG variables are not used.",
    remedy:
      "Put the user's name alone into PGUSER, the password into PGPASSWORD, the database's name alone into PGDATABASE; or set DATABASE_URL to the whole URL.",
  },
}
