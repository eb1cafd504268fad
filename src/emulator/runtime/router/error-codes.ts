/** Heroku's router codes that this router can log, with the description of the log line and the status it shows there. */
export const routerErrors = {
  H10: { description: 'App crashed', status: 503 },
  H12: { description: 'Request timeout', status: 503 },
  H13: { description: 'Connection closed without response', status: 503 },
  H14: { description: 'No web processes running', status: 503 },
  H15: { description: 'Idle connection', status: 503 },
  H17: { description: 'Poorly formed HTTP response', status: 503 },
  H18: { description: 'Server Request Interrupted', status: 503 },
  H19: { description: 'Backend connection timeout', status: 503 },
  H20: { description: 'App boot timeout', status: 503 },
  H21: { description: 'Backend connection refused', status: 503 },
  H27: { description: 'Client Request Interrupted', status: 499 },
  H80: { description: 'Maintenance mode', status: 503 },
  H81: { description: 'Blank app', status: 503 },
} as const

export type RouterErrorCode = keyof typeof routerErrors
