// Last-resort clean-up, for a process that ends at once (second Ctrl-C): synchronous, in reverse order.

const actions = new Set<() => void>();
let listening = false;

/** `action` runs when the process exits; disposing it takes it back. It must not wait. */
export const onExit = (action: () => void): Disposable => {
  if (!listening) {
    listening = true;
    process.once('exit', () => {
      for (const run of [...actions].toReversed()) {
        try {
          run();
        } catch {
          // the others have their turn all the same
        }
      }
    });
  }
  actions.add(action);
  return {
    [Symbol.dispose]() {
      actions.delete(action);
    },
  };
};
