/** What runs the system: the choice, and what became of it. Loaded only on sites that offer more than the lab. */
import './engine.css';

export { EngineChooser } from './EngineChooser.tsx';
export { EngineNotice } from './EngineNotice.tsx';
