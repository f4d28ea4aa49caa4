/**
 * The structure: Topology.tsx draws it, layout.ts places it, motion.ts moves requests along it, FaultMarks.tsx annotates
 * what is broken, BreakMenu.tsx breaks it. Shared by the workbench and by live figures; needs only a Run.
 */
export { Topology, type TopologyProps } from './Topology.tsx';
