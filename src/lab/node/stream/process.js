// What readable-stream's files use of process. Asked for late, because process itself stands on streams.
module.exports = {
  nextTick: (run, ...args) => process.nextTick(run, ...args),
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
};
