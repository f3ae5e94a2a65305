import type { KeyValueStorage } from './session.ts';

/** localStorage, or a memory of this page where the browser forbids it or has no room. */
export const browserStorage: KeyValueStorage = {
  getItem(key) {
    try {
      return localStorage.getItem(key) ?? memory.get(key) ?? null;
    } catch {
      return memory.get(key) ?? null;
    }
  },
  setItem(key, value) {
    try {
      localStorage.setItem(key, value);
      memory.delete(key);
    } catch {
      memory.set(key, value);
    }
  },
  removeItem(key) {
    memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      // Then nothing was kept there.
    }
  },
};

const memory = new Map<string, string>();
