import fc from "fast-check"

/** Text that comes close to being a URL. */
export const nearUrl: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "postgresql:",
        "postgres",
        "//",
        "/",
        ":",
        "@",
        "?",
        "#",
        "%",
        "&",
        "=",
        "'",
        '"',
        ";",
        " ",
        ",",
        "[",
        "]",
        "{",
        "}",
      ),
      fc.constantFrom(
        "app",
        "s3cret",
        "h",
        "5432",
        "db",
        "sslmode",
        "host",
        "%40",
        "sqlite:",
        "jdbc:",
        "psql ",
        "::1",
        "${",
        "\ud800",
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 24 },
  )
  .map((pieces) => pieces.join(""))
