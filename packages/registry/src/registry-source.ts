/** The files of a registry by the names that it pins: a folder at one moment, or what a page has fetched. */
export interface RegistrySource {
  /** Where the registry is, for messages: a folder or an address. */
  readonly folder: string;
  /** Name of the registry's JSON file. */
  readonly file: string;
  /**
   * The bytes of one file, null when there is none.
   *
   * @param name as an entry pins it, relative to the folder
   * @throws RegistryError PATH_ESCAPE | NOT_A_FILE | TOO_LARGE | UNREADABLE
   */
  read(name: string, maxBytes: number): Promise<Uint8Array | null>;
}
