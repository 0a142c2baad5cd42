import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { currentOwner, isDead, kernelProcesses, type Owner, type ProcessTable } from './claim-node.ts';
import type { FileOperations } from './durable-files.ts';
import { RegistryError } from './errors.ts';

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
