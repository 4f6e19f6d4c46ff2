/** What differs from machine to machine and from run to run, by words that do not. */
export function normaliser(known: ReadonlyMap<string, string>): (text: string) => string {
  const replacements = [...known].sort(([a], [b]) => b.length - a.length)
  return (text) =>
    replacements
      .reduce((all, [from, to]) => all.replaceAll(from, to), text)
      .replaceAll(/"tookMs": \d+/g, '"tookMs": 1')
      .replaceAll(/\(\d+ ms\)/g, "(1 ms)")
      .replaceAll(/\d+ ms apart, give or take \d+ ms/g, "1 ms apart, give or take 1 ms")
      .replaceAll(/[\d.]+ (?:bytes|kB|MB|GB|TB) free/g, "9.9 GB free")
      .replaceAll(/PostgreSQL \d+\.\d+/g, "PostgreSQL 18.4")
      .replaceAll(/\b\d+ of (\d+) in use/g, "0 of $1 in use")
      .replaceAll(/process \d+ on [\w.-]+/g, "process 7 on app-1")
      .replaceAll(/\b(?:ext[234]|xfs|btrfs|zfs|overlay|tmpfs|apfs|9p), (survives|does not)/g, "ext4, $1")
      .replaceAll(/TLSv1\.\d/g, "TLSv1.3")
      .replaceAll(/quick_check: .*?(?=[)",]|$)/gm, "quick_check: damaged pages")
}
