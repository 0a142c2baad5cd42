// a machine on which the packages named by WITHOUT are not installed
import { register } from 'node:module';

const hooks = `export const resolve = (name, context, next) => {
  if (${JSON.stringify((process.env.WITHOUT ?? '').split(','))}.includes(name))
    throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
  return next(name, context);
};`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
