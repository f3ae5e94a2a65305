import { render } from 'preact';
import './styles/base.css';
import './styles/layout.css';
import './styles/components.css';
import './styles/shop.css';
import { App } from './app.tsx';
import { session } from './session/current-session.ts';

const root = document.getElementById('app');
if (!root) throw new Error('index.html has no element #app');
// A reload keeps the refresh token alone. Pages that need a person wait for this.
session.restore();
render(<App />, root);
