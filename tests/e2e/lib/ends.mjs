// Two sockets that somebody stands between: where one ends, so does the other.
// all: a Set, of those that are open.
export function tie(all, near, far) {
  for (const [end, other] of [[near, far], [far, near]]) {
    all.add(end);
    end.on('error', () => {});
    end.on('close', () => {
      all.delete(end);
      other.destroy();
    });
  }
}
