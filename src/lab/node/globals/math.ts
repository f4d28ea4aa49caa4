/** Math with the process's own randomness. */
export const LabMath: Math = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(__host.Math));

Object.defineProperty(LabMath, 'random', {
  value: function random(): number {
    return __kernel.random();
  },
  writable: true,
  configurable: true,
});
