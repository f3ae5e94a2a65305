declare module 'virtual:order-workflow' {
  /** The order workflow as statemachine/process-order.asl.yaml had it when the page was built. */
  export const orderWorkflow: import('./drawing.ts').Drawing;
}
