import type { Socket } from 'node:net';

/**
 * Which connections have a request under way. Node's closeIdleConnections() spares those on which nothing ever came, such
 * as a load balancer's spare ones, and would leave a server waiting for them.
 */
export class OpenConnections {
  /** Requests under way; with pipelining, several on one connection. */
  readonly #requests = new Map<Socket, number>();

  readonly #early = new WeakSet<object>();

  opened(socket: Socket): void {
    this.#requests.set(socket, 0);
    socket.once('close', () => this.#requests.delete(socket));
  }

  requested(socket: Socket): void {
    this.#add(socket, 1);
  }

  answered(socket: Socket): void {
    this.#add(socket, -1);
  }

  /** The request under way was answered before its end: nothing that comes after it on this connection is answered. */
  answeredEarly(socket: Socket): void {
    this.#early.add(socket);
  }

  wasAnsweredEarly(socket: object): boolean {
    return this.#early.has(socket);
  }

  endIdle(): void {
    for (const [socket, requests] of this.#requests) if (requests === 0) socket.destroy();
  }

  #add(socket: Socket, change: number): void {
    const requests = this.#requests.get(socket);
    if (requests !== undefined) this.#requests.set(socket, requests + change);
  }
}
