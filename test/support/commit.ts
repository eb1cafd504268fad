import type { Story } from '../../tasks/demo/stories.ts'
import type { World } from '../../tasks/demo/world.ts'

/** Commits what a story of the demo changes, without deploying it. */
export async function commitStory(world: World, { tells, change }: Story): Promise<void> {
  const files = await change?.((path) => world.repository.read(path))
  await world.repository.commit(tells, files ?? {})
}
