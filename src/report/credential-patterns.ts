/** How the keys begin that well-known services hand out: nothing else does. */
const keyBeginnings = [
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'],
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'glpat-'],
  ...['xoxa-', 'xoxb-', 'xoxp-', 'xoxr-', 'xoxs-', 'AKIA', 'HRKU-', 'sk-ant-', 'sk-proj-', 'npm_'],
]
const anyKey = keyBeginnings.join('|')

/**
 * What looks like a credential, whoever it belongs to. The spans are what is replaced, so the patterns look behind for
 * what may stay: the scheme of an address, the name of a header.
 */
export const credentialPatterns: readonly RegExp[] = [
  // postgres://user:password@. An unescaped / or @ in the password is wrong, and still a password.
  /(?<=postgres(?:ql)?:\/\/)[^\s:@/"'<>]*:[^\s"'<>]*@/gi,
  // Any address with a user and a password.
  /(?<=:\/\/)[^\s:@/?#"'<>]*:[^\s/?#"'<>]*@/g,
  // The same with what should have been escaped: a quote, a space. Behind a port there is no password.
  /(?<=:\/\/)[^\s:@/?#"'<>]{1,200}:(?!\d+(?:[^\w@]|$))[^\r\n'<>@]{1,200}@(?=[\w[])/g,
  // Authorization: Bearer ..., also in JSON and in what curl or a debugger prints.
  /(?<=authorization["']?\s{0,8}[:=]\s{0,8}["']?)[^\s"'][^\r\n"']*/gi,
  // CREATE ROLE ... PASSWORD 'x', OPTIONS (password 'x'), password => 'x': up to its quote, or to the end of the line.
  /(?<=password(?:\s{1,8}|\s{0,8}(?:=>|:=|=|<>|!=)\s{0,8}))(?:\$(\w*)\$[^\r\n]*?(?:\$\1\$|$)|(?:e|u&)?(?:''[^'\r\n]+''|'(?:[^'\r\n]|'')*(?:'|$)))/gim,
  // host=db password=x, ?password=x, PGPASSWORD=x, password: x. A cast, a parameter, a word of SQL and a call are no passwords.
  /(?<=password=)[^\s'"&;,)]+/gi,
  /(?<=password\s{0,8}(?::(?!:)|(?<![!<>:])=)\s{0,8})(?![>=:$%?]|(?:null|default|true|false|not|is|how|whether|required|optional)\b|[\w."]*(?:password\b|\()|(?:new|old|excluded)\.)[^\s'"&;,()]+/gi,
  /(?<![\w-])SG\.[\w-]{12,}\.[\w-]{12,}/g,
  // A private key in PEM form, whether it ends or not.
  /(?<=-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[\s\S]*?(?=-----END|$(?![\s\S]))/g,
  new RegExp(`(?<![\\w-])(?:${anyKey})[\\w-]{12,}`, 'g'),
]

/** What every one of them contains: nearly no text does, and the patterns take their time. */
export const credentialHint = new RegExp(`://|authorization|password|SG\\.|PRIVATE KEY|${anyKey}`, 'i')

/** Beginnings that are held back in a stream until it is seen what they become. */
const unfinished: readonly RegExp[] = [
  /:(?:\/(?:\/[^\s@"'<>]*)?)?$/,
  /:\/\/[^\s"'<>]*$/,
  /authorization["']?\s{0,8}(?:[:=]\s{0,8}["']?[^\r\n"']*)?$/i,
  /:\/\/[^\s:@/?#"'<>]{1,200}:(?!\d+[^\w@])[^\r\n'<>@]{0,200}@?$/,
  /password\s{0,8}[:=]\s{0,8}[^\s'"&;,()]*$/i,
  /(?<![\w-])S(?:G(?:\.[\w.-]*)?)?$/,
  /-{1,5}[A-Z ]{0,50}-{0,5}$/,
  /password(?:\s{0,8}(?:=>?|:=?|<>?|!=?)?\s{0,8}(?:(?:e|u&?)?(?:'[^\r\n]*)?|\$[^\r\n]*)|=[^\s'"&;,)]*)$/i,
]
const words = ['postgres://', 'postgresql://', 'authorization:', 'password']

/** Where a credential begins that the text ends in the middle of; the text's length when there is none. */
export function unfinishedCredential(text: string): number {
  // But for a key, nothing of a credential stands on an earlier line.
  const line = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
  const tail = text.slice(line)
  const starts = unfinished.map((pattern) => pattern.exec(tail)?.index ?? tail.length)
  const lower = tail.toLowerCase()
  const partial = words.map((word) => lower.length - lengthOfBeginning(lower, word))
  return Math.min(
    openPrivateKey(text),
    line + Math.min(...starts, ...partial, tail.length - lengthOfKey(tail)),
  )
}

/** Where a private key begins that does not end in the text; the text's length when there is none. */
export function openPrivateKey(text: string): number {
  if (!text.includes('-----BEGIN')) return text.length
  return /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?![\s\S]*-----END)/.exec(text)?.index ?? text.length
}

/** How many characters at the end are a key, or may become one. */
function lengthOfKey(tail: string): number {
  const word = /(?<![\w-])[\w-]+$/.exec(tail)?.[0] ?? ''
  const isKey = keyBeginnings.some((beginning) => beginning.startsWith(word) || word.startsWith(beginning))
  return isKey ? word.length : 0
}

/** How many characters of the word the text ends with. */
function lengthOfBeginning(text: string, word: string): number {
  for (let length = Math.min(word.length, text.length); length > 0; length--) {
    if (text.endsWith(word.slice(0, length))) return length
  }
  return 0
}
