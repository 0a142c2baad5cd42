export {
  itemsOfShare,
  localRunner,
  Turns,
  type Job,
  type JobGroup,
  type Jobs,
  type Runner,
  type Share,
} from './job-runner.ts';
