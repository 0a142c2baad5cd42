import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileOperations } from './durable-files.ts';
import { RegistryError, systemCode } from './errors.ts';

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
const kernelProcesses: ProcessTable = { state: processState, probe };

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

/**
 * Mutual exclusion of publishers by Lamport's bakery algorithm, with files as the shared memory.
 *
 * Each attempt has a name of its own that is never used again, so removing the claim of a dead process can
 * never remove that of a living one: the race that a single lock file with stealing cannot avoid.
 *
 * @see https://lamport.azurewebsites.net/pubs/bakery.pdf
 */
interface Lock {
  release(): Promise<void>;
}

interface Claim {
  readonly fileName: string;
  /** Position in the queue; null while the owner is still choosing it. */
  readonly ticket: number | null;
  readonly owner: Owner;
}

interface Ticket extends Claim {
  readonly ticket: number;
}

const CLAIM =
  /^\.registry-lock\.(choosing|\d{1,15})\.(\d{1,10})\.(\d{1,20})\.([0-9a-f]{8})\.([0-9a-f]{8})\.([0-9a-f]{12})$/;
/** Milliseconds between looks at the queue: doubles from the first to the last. */
const FIRST_PAUSE = 1;
const LAST_PAUSE = 16;

/**
 * Waits for its turn, at most `waitMs`.
 *
 * @param processes whose claims still count; only tests give it
 * @throws RegistryError LOCK_TIMEOUT naming the claim in the way
 */
export async function acquireLock(
  folder: string,
  files: FileOperations,
  waitMs: number,
  processes: ProcessTable = kernelProcesses,
): Promise<Lock> {
  const deadline = performance.now() + waitMs;
  const mine = await drawTicket(folder, files);
  const release = (): Promise<void> => files.removeFile(join(folder, mine.fileName));
  try {
    await waitForTurn(folder, mine, deadline, processes);
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Whether a name in the registry's folder is that of a claim. */
export function isClaimName(name: string): boolean {
  return CLAIM.test(name);
}

/** Claims in the folder, by whether their owners can still act. */
export async function surveyClaims(folder: string): Promise<{ dead: string[]; isHeld: boolean }> {
  const observer = currentOwner();
  const claims = await listClaims(folder);
  const dead = claims.filter(({ owner }) => isDead(owner, observer)).map(({ fileName }) => fileName);
  return { dead, isHeld: dead.length < claims.length };
}

async function drawTicket(folder: string, files: FileOperations): Promise<Ticket> {
  const owner = currentOwner();
  const choosing = join(folder, claimName('choosing', owner));
  await files.createFile(choosing, new Uint8Array());
  try {
    const tickets = (await listClaims(folder)).map((claim) => claim.ticket ?? 0);
    const ticket = 1 + Math.max(0, ...tickets);
    const fileName = claimName(ticket, owner);
    await files.createFile(join(folder, fileName), new Uint8Array());
    return { fileName, ticket, owner };
  } finally {
    await files.removeFile(choosing);
  }
}

/**
 * Until no claim has a smaller ticket, and none may still draw one. Two listings in a row must agree: a claim
 * that is renewed from "choosing" to a ticket during one listing may be missed by it, but not by the next.
 */
async function waitForTurn(
  folder: string,
  mine: Ticket,
  deadline: number,
  processes: ProcessTable,
): Promise<void> {
  let clearListings = 0;
  let pause = FIRST_PAUSE;
  while (clearListings < 2) {
    const claims = await listClaims(folder);
    const blocker = claims.find(
      (claim) => isBefore(claim, mine) && !isDead(claim.owner, mine.owner, processes),
    );
    if (blocker === undefined) {
      clearListings++;
      continue;
    }
    clearListings = 0;
    if (performance.now() > deadline) {
      throw new RegistryError(
        'LOCK_TIMEOUT',
        `registry is locked by process ${blocker.owner.pid}; wait for it, or if no such process runs on any machine that shares the folder, delete ${blocker.fileName}`,
      );
    }
    await sleep(pause);
    pause = Math.min(pause * 2, LAST_PAUSE);
  }
}

function isBefore(claim: Claim, mine: Ticket): boolean {
  if (claim.owner.nonce === mine.owner.nonce) return false;
  if (claim.ticket === null || claim.ticket < mine.ticket) return true;
  return claim.ticket === mine.ticket && claim.owner.nonce < mine.owner.nonce;
}

async function listClaims(folder: string): Promise<Claim[]> {
  const names = await readdir(folder);
  return names.flatMap((fileName) => {
    const [, ticket, pid, start, boot, host, nonce] = CLAIM.exec(fileName) ?? [];
    if (!ticket || !pid || !start || !boot || !host || !nonce) return [];
    const owner = { pid: Number(pid), start, boot, host, nonce };
    return [{ fileName, ticket: ticket === 'choosing' ? null : Number(ticket), owner }];
  });
}

function claimName(ticket: number | 'choosing', { pid, start, boot, host, nonce }: Owner): string {
  return `.registry-lock.${ticket}.${pid}.${start}.${boot}.${host}.${nonce}`;
}
