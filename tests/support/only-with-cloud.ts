import needsCloud from './needs-cloud.ts';

// To be imported before anything that reads the stack's addresses.
await needsCloud();
