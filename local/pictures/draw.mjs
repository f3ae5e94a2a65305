import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// node local/pictures/draw.mjs: makes the WebP of every drawing in this folder with Chromium. Only whoever changes a
// drawing needs it: the pictures are committed, because the API takes no SVG.

const SIDE = 640;
const QUALITY = 0.85;
const MOST_BYTES = 15_000;

for (const drawing of globSync('*.svg', { cwd: import.meta.dirname })) {
  const svg = readFileSync(join(import.meta.dirname, drawing)).toString('base64');
  const page = `<img src="data:image/svg+xml;base64,${svg}"><canvas width="${SIDE}" height="${SIDE}"></canvas><script>
    onload = () => {
      const canvas = document.querySelector('canvas');
      canvas.getContext('2d').drawImage(document.images[0], 0, 0, ${SIDE}, ${SIDE});
      document.body.textContent = canvas.toDataURL('image/webp', ${QUALITY});
    };
  </script>`;
  const { stdout, stderr, error } = spawnSync(
    process.env.CHROMIUM ?? 'chromium',
    ['--headless', '--no-sandbox', '--dump-dom', `data:text/html;base64,${Buffer.from(page).toString('base64')}`],
    { encoding: 'utf8' },
  );
  const data = /data:image\/webp;base64,([A-Za-z0-9+/=]+)<\/body>/.exec(stdout ?? '')?.[1];
  if (data === undefined) throw error ?? new Error(`${drawing} was not drawn: ${stderr}`);
  const picture = Buffer.from(data, 'base64');
  console.log(`${drawing}: ${picture.length} bytes`);
  if (picture.length > MOST_BYTES) throw new Error(`${drawing} becomes larger than ${MOST_BYTES} bytes`);
  writeFileSync(join(import.meta.dirname, drawing.replace(/svg$/, 'webp')), picture);
}
