/**
 * Traces: TracePanel.tsx the requests and the one that is looked at; RequestList.tsx the list with its filter,
 * Waterfall.tsx one request over time, SpanFacts.tsx what is known of one of its calls. How they are read from the
 * record: session/trace/.
 */
export { TracePanel } from './TracePanel.tsx';
