/** Where an output stream is read: no token is asked for, because the id cannot be guessed. */
export function streamUrl(baseUrl: string, streamId: string): string {
  return `${baseUrl}/streams/${streamId}`
}
