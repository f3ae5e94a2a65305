// A test of the running stack waits with deadlines of its own, which say what they waited for: Jest's must come later.
jest.setTimeout(90_000);
