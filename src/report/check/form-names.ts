/** How a check's report can be told: what a user types. */
export const checkFormNames = ['terminal', 'json', 'sarif', 'github', 'junit', 'markdown'] as const

export type CheckForm = (typeof checkFormNames)[number]
