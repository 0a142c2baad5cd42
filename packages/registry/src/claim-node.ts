import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from './errors.ts';

/** Who holds or waits for a lock: enough to tell a dead process from a living one. */
export interface Owner {
  readonly pid: number;
  /** Kernel start time of the process, so that a reused pid is not mistaken for it; '0' where unknown. */
  readonly start: string;
  /** Changes at every boot of the machine. */
  readonly boot: string;
  /** Host name, machine id and pid namespace, hashed: only there does the pid mean something. */
  readonly host: string;
  /** Different for every attempt, so that no two names are ever equal. */
  readonly nonce: string;
}

/** This process, for one attempt. */
export function currentOwner(): Owner {
  return {
    pid: process.pid,
    start: processState(process.pid)?.start ?? '0',
    boot: shortHash(readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))),
    host: shortHash(
      [
        hostname(),
        // two machines with one host name may share a folder; their boots differ, and neither is dead
        readOr('', () => readFileSync('/etc/machine-id', 'utf8')),
        readOr('', () => readlinkSync('/proc/self/ns/pid')),
      ].join(' '),
    ),
    nonce: randomBytes(6).toString('hex'),
  };
}

/** Processes as a kernel knows them; an argument, so that a test can be another kernel. */
export interface ProcessTable {
  /** State letter and start time; undefined when there is no such process, or this user may not see it. */
  state(pid: number): { readonly letter: string; readonly start: string } | undefined;
  /** The answer to signal 0: `denied` is a living process of another user. */
  probe(pid: number): 'alive' | 'denied' | 'absent';
}

/** The processes that this one can see. */
export const kernelProcesses: ProcessTable = { state: processState, probe };

/**
 * Whether the owner can no longer act. Another host or pid namespace is never judged: its pids mean nothing here.
 *
 * A missing /proc entry proves nothing: under `hidepid=2` processes of other users have none. Then signal 0 decides, and
 * a refused signal means that the process lives.
 */
export function isDead(owner: Owner, observer: Owner, processes: ProcessTable = kernelProcesses): boolean {
  if (owner.host !== observer.host) return false;
  if (owner.boot !== observer.boot) return true;
  const state = processes.state(owner.pid);
  if (state === undefined || owner.start === '0') return processes.probe(owner.pid) === 'absent';
  // Z, X: killed but not yet reaped by its parent (proc(5))
  return state.start !== owner.start || /[ZX]/.test(state.letter);
}

/** State and start time of a process (fields 3 and 22 of /proc/<pid>/stat); undefined when it or /proc is absent. */
function processState(pid: number): { letter: string; start: string } | undefined {
  const stat = readOr('', () => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // the second field is a name in brackets that may itself hold brackets and spaces
  const { 0: letter, 19: start } = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return letter === undefined || start === undefined ? undefined : { letter, start };
}

function probe(pid: number): 'alive' | 'denied' | 'absent' {
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return systemCode(error) === 'ESRCH' ? 'absent' : 'denied';
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function readOr(fallback: string, read: () => string): string {
  try {
    return read();
  } catch {
    return fallback;
  }
}
