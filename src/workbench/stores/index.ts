/**
 * What databases, caches, brokers and proxies hold, live.
 *
 * - StoresPanel.tsx  chooses a server; RedisView, PostgresView, RabbitView, HaproxyView show one each
 * - watch.ts         asks it once a virtual second while it is seen, and keeps the answers for looking back
 * - read/            commands to typed snapshots. The answers come from a learner's run: nothing is believed unseen
 */
export { StoresPanel } from './StoresPanel.tsx';
