// Commands as JSON lines on standard input, events as JSON lines on standard output.
import { createInterface } from 'node:readline';

export const emit = (event) => void process.stdout.write(JSON.stringify(event) + '\n');

// Carries out one command after the other's start; 'exit', or the end of the input, ends the program.
export function serve(handle, end = () => process.exit(0)) {
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      if (line.trim() === '') return;
      const command = JSON.parse(line);
      if (command.t === 'exit') end();
      else handle(command);
    })
    .on('close', end);
}

// For stacks that run in node itself.
export const inNode = {
  emit,
  now: () => performance.now(),
  soon: setImmediate,
  async collect() {
    for (let i = 0; i < 3; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },
};
