import { startIsolation } from './isolation-worker.ts';
import { openApplication } from './view/application.ts';

openApplication(document.body);
void startIsolation();
