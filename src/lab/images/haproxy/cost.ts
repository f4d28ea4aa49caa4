/**
 * CPU of HAProxy. Source: "HAProxy forwards over 2 million HTTP requests per second on a single Arm-based AWS Graviton2
 * instance" (haproxy.com, 2021): about 32 000 requests a second and core, so some 30 µs for one with its response; forwarding
 * bytes costs next to nothing beside. A connection to a server that is not reused adds its handshake.
 */
export const COST = {
  requestUs: 16,
  responseUs: 14,
  connectUs: 8,
  acceptUs: 5,
  checkUs: 10,
  byteUs: 0.0005,
} as const;

export const VERSION = '2.6.12';
