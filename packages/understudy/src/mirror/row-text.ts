/**
 * Splits a row as PostgreSQL prints it, `(1,"a ""b""",,t)`, into the texts of its fields; null is NULL.
 * Quotes and backslashes inside a quoted field are doubled.
 */
export function rowFields(row: string): (string | null)[] {
  const fields: (string | null)[] = []
  let place = 1
  const end = row.length - 1
  while (place <= end) {
    if (row[place] === '"') {
      const close = closingQuote(row, place + 1)
      fields.push(row.slice(place + 1, close).replaceAll(/(["\\])\1/g, "$1"))
      place = close + 2
    } else {
      const comma = row.indexOf(",", place)
      const stop = comma === -1 ? end : comma
      fields.push(stop === place ? null : row.slice(place, stop))
      place = stop + 1
    }
  }
  return fields
}

function closingQuote(row: string, from: number): number {
  let place = row.indexOf('"', from)
  while (row[place + 1] === '"') place = row.indexOf('"', place + 2)
  return place
}
