/** A line on stderr for each tenth of a file; where the server does not say how long it is, for each 16 MiB. */
export function byteProgress(): (file: string, received: number, total: number | undefined) => void {
  let said = '';
  return (file, received, total) => {
    const step = Math.floor(received / (total === undefined ? 2 ** 24 : total / 10));
    const key = `${file} ${step}`;
    if (key === said || step === 0) return;
    said = key;
    const of = total === undefined ? '' : ` of ${(total / 2 ** 20).toFixed(1)}`;
    process.stderr.write(`${file} ${(received / 2 ** 20).toFixed(1)}${of} MiB\n`);
  };
}
