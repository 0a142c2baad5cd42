import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** Under way; with pipelining, several. */
  requests: number;
  /** Called when the connection is gone. */
  readonly over: Set<() => void>;
}

/**
 * Which connections have a request under way. Node's closeIdleConnections() spares those on which nothing ever came, such
 * as a load balancer's spare ones, and would leave a server waiting for them.
 */
export class OpenConnections {
  readonly #connections = new Map<Socket, Connection>();
  readonly #early = new WeakSet<object>();

  opened(socket: Socket): void {
    const connection: Connection = { requests: 0, over: new Set() };
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      this.#connections.delete(socket);
      for (const callback of Array.from(connection.over)) callback();
    });
  }

  requested(socket: Socket): void {
    this.#add(socket, 1);
  }

  answered(socket: Socket): void {
    this.#add(socket, -1);
  }

  /**
   * Calls back once, when an answer is complete or its connection is gone. The response alone does not tell: one that
   * waits behind another on its connection never closes when that one ends the connection.
   */
  whenOver(socket: Socket, response: ServerResponse, callback: () => void): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) {
      if (socket.destroyed) callback();
      else response.once('close', callback);
      return;
    }
    const over = (): void => {
      if (connection.over.delete(over)) callback();
    };
    connection.over.add(over);
    response.once('close', over);
  }

  /** The request under way was answered before its end: nothing that comes after it on this connection is answered. */
  answeredEarly(socket: Socket): void {
    this.#early.add(socket);
  }

  wasAnsweredEarly(socket: object): boolean {
    return this.#early.has(socket);
  }

  endIdle(): void {
    for (const [socket, { requests }] of this.#connections) if (requests === 0) socket.destroy();
  }

  #add(socket: Socket, change: number): void {
    const connection = this.#connections.get(socket);
    if (connection !== undefined) connection.requests += change;
  }
}
