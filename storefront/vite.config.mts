import { defineConfig } from 'vite';
import { workflowDrawing } from './workflow-drawing.mts';

export default defineConfig({
  plugins: [workflowDrawing()],
  build: {
    target: 'es2022',
    // Assets in the page itself would need data: in the Content-Security-Policy.
    assetsInlineLimit: 0,
    // Every browser of the target preloads modules on its own.
    modulePreload: { polyfill: false },
  },
  server: {
    // With npm run storefront:dev, the API is that of the running local cloud's edge.
    proxy: Object.fromEntries(
      ['/api', '/images'].map((path) => [path, { target: process.env.STOREFRONT_ORIGIN ?? 'http://localhost:4600' }]),
    ),
  },
});
