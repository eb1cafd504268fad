const units = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const

/** '512 bytes', '1.5 MB': in steps of 1024, as Heroku prints sizes. */
export function describeBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return unit === 0 ? `${value} bytes` : `${value.toFixed(1)} ${units[unit]}`
}

/** '1 request', '2 requests'. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
