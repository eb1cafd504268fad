/**
 * Text as a terminal can take it: escape sequences of a file or of its name would be orders to the terminal, and marks of direction would turn
 * its lines around, so no such character gets through. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  if (/^[\t\n -~]*$/.test(text)) return text
  return text
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')
    .toWellFormed()
}

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u

/** As many of `mark` as a terminal takes columns for the text. Tabs stay tabs, so that what follows stands under its letter. */
export function underline(text: string, mark: string): string {
  if (/^[ -~]*$/.test(text)) return mark.repeat(text.length)
  const letters = Array.from(printable(text), (letter) => {
    if (letter === '\t') return letter
    if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(letter)) return ''
    return wide.test(letter) ? mark.repeat(2) : mark
  })
  return letters.join('')
}
