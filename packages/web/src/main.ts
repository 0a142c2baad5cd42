import { openApplication } from './view/application.ts';

openApplication(document.body);
