/** node:tls. */
import { missing } from '../errors.ts';

export default {
  Server: function Server() {
    missing('tls.Server', 'Use node:net.');
  },
  connect: () => missing('tls.connect', 'Use node:net.'),
} as any;
