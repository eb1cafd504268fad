const longest = 120 // characters: enough to recognise a query

/** What stands for a value in SQL, finished or cut off: strings of every kind, and numbers. */
const values =
  /\b[eE]'(?:\\.|''|[^'\\])*(?:'|$)|'(?:''|[^'])*(?:'|$)|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|(?<![\w$."])\d[\w.]*/g

/** A query as people recognise it: on one line, cut, and without the values in it, which may be those of users. */
export function shortQuery(query: string): string {
  const plain = query.replace(values, '?').replace(/\s+/g, ' ').trim()
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain
}
