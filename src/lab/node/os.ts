/** node:os: a container with one CPU and a gigabyte. */
import { signals } from './process/signals.ts';

const interfaces = () => ({
  lo: [
    {
      address: '127.0.0.1',
      netmask: '255.0.0.0',
      family: 'IPv4',
      mac: '00:00:00:00:00:00',
      internal: true,
      cidr: '127.0.0.1/8',
    },
  ],
});

const cpu = () => ({ model: 'lab', speed: 1000, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } });

export default {
  EOL: '\n',
  devNull: '/dev/null',
  arch: () => 'x64',
  availableParallelism: () => 1,
  cpus: () => [cpu()],
  endianness: () => 'LE',
  freemem: () => 536_870_912,
  totalmem: () => 1_073_741_824,
  homedir: () => '/root',
  hostname: () => __kernel.hostname,
  loadavg: () => [0, 0, 0],
  machine: () => 'x86_64',
  networkInterfaces: interfaces,
  platform: () => 'linux',
  release: () => '6.1.0',
  tmpdir: () => '/tmp',
  type: () => 'Linux',
  uptime: () => __kernel.uptimeUs() / 1e6,
  userInfo: () => ({ uid: 0, gid: 0, username: 'root', homedir: '/root', shell: '/bin/sh' }),
  version: () => 'lab',
  getPriority: () => 0,
  setPriority() {},
  constants: {
    signals: { ...signals },
    errno: { EADDRINUSE: 98, ECONNREFUSED: 111, ECONNRESET: 104, EPIPE: 32, ETIMEDOUT: 110 },
    priority: {},
  },
};
