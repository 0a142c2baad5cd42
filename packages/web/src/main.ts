import { startIsolation } from './isolation-worker.ts';
import { openApplication } from './view/application.ts';

const application = openApplication(document.body);
void startIsolation(() => application.isInUse);
