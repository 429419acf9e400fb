/** Entry of the threads that work on the files of a command. */
import { serveThread } from '../../server/src/threads/thread';
import { loadKnowledge, loadParser, workOn } from './analyse';
import type { ThreadSetup } from './run-task';
import { perform } from './tasks';
import { Words } from './words';

void serveThread(async ({ task, targets, user, language }: ThreadSetup) => {
  const parser = await loadParser();
  const words = new Words(language);
  const { catalog } = loadKnowledge();
  catalog.setUser(user);
  return workOn(catalog, parser, targets, (checked) => perform(task, checked, words));
});
